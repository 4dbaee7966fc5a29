//! Where the blocks of a base begin: the parts that transfer unfreezes one after the other, from the top to the stem.
//!
//! A block is what its paper calls a stage or a group: `conv2` to `conv5` of ResNet, `block1` to `block5` of VGG. It
//! reads one tensor, and nothing after it reads into it (but for NASNet's cells, which read two cells back).

use graph::{Graph, NodeId};

/// What a block is called, and what the name of its first layer begins with.
pub(crate) type Row = (&'static str, &'static str);

/// What lies before the first block.
const STEM: &str = "stem";

/// A part of a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// As `conv5`, or `stem`.
    pub name: &'static str,
    /// Its first layer; it ends before the next block, the last one with the base.
    pub first: NodeId,
}

/// The blocks of `graph`, from the stem to the top. A small input may leave out the last ones.
pub(crate) fn blocks(rows: &[Row], graph: &Graph) -> Vec<Block> {
    let mut blocks = vec![Block { name: STEM, first: graph.input() }];
    let mut ids = graph.ids();
    for &(name, beginning) in rows {
        if let Some(first) = ids.find(|id| graph.node(*id).name.starts_with(beginning)) {
            blocks.push(Block { name, first });
        }
    }
    blocks
}

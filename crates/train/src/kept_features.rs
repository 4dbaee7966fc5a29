//! The features of a frozen base, kept from one training to the next.
//!
//! Those of a picture are a function of the base, of its weights and of the picture alone: not of the part that it is in,
//! nor of the others in its batch. Where all of these are the same, the next training would compute the same bits.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graph::{Node, NodeId};
use images::{Preprocess, Source};
use sha2::{Digest, Sha256};

use crate::Model;

/// The features that trainings computed, for others that begin with the same base: with other settings, or with the same
/// pictures in other parts. They are let go as soon as a training begins that has another base, or no room for them beside
/// its own. A picture is known by where it lies, so its file must stay what it is meanwhile.
#[derive(Default)]
pub struct KeptFeatures {
    base: Option<Base>,
    rows: HashMap<PathBuf, Row>,
}

/// Bytes that the features of a picture take, of which there are `width`: with the list that they stand in, and its place here.
pub const fn feature_bytes(width: usize) -> usize {
    const BESIDE: usize = 256;
    width.saturating_mul(size_of::<f32>()).saturating_add(BESIDE)
}

/// What a frozen base gives for a picture.
pub(crate) type Row = Arc<[f32]>;

/// What computes features.
#[derive(PartialEq)]
struct Base {
    preprocess: Preprocess,
    /// Up to the layer whose output they are.
    nodes: Vec<Node>,
    /// Of all weights of these: SHA-256.
    weights: [u8; 32],
}

impl KeptFeatures {
    /// Lets go of what is not of the output of `layer` of `model` for pictures that are prepared in this way, of everything
    /// if there is no such layer.
    pub(crate) fn forget_other_bases(
        &mut self,
        model: &Model,
        layer: Option<NodeId>,
        preprocess: &Preprocess,
    ) {
        let base = layer.map(|layer| Base::of(model, layer, preprocess));
        if self.base != base {
            *self = Self { base, ..Self::default() };
        }
    }

    /// Lets go of what is of none of these parts, unless all of it and theirs are at most `room` pictures'.
    pub(crate) fn make_room(&mut self, parts: &[&Source], room: usize) {
        let pictures = || parts.iter().flat_map(|source| source.samples());
        let new = pictures().filter(|sample| !self.rows.contains_key(&sample.path)).count();
        if self.rows.len() + new > room {
            let mut kept = std::mem::take(&mut self.rows);
            self.rows = pictures().filter_map(|sample| kept.remove_entry(&sample.path)).collect();
        }
    }

    /// Those of the picture at `path`, prepared as those of `source` are.
    pub(crate) fn of(&self, source: &Source, path: &Path) -> Option<&Row> {
        self.rows.get(path).filter(|_| self.holds_those_of(source))
    }

    /// Keeps those that there are of `source`, one for each of its pictures.
    pub(crate) fn keep(&mut self, source: &Source, rows: &[Option<Row>]) {
        if self.holds_those_of(source) {
            let pictures = source.samples().iter().zip(rows);
            let there =
                pictures.filter_map(|(sample, row)| Some((sample.path.clone(), Arc::clone(row.as_ref()?))));
            self.rows.extend(there);
        }
    }

    fn holds_those_of(&self, source: &Source) -> bool {
        self.base.as_ref().is_some_and(|base| base.preprocess == *source.preprocess())
    }
}

impl Base {
    fn of(Model { graph, weights }: &Model, layer: NodeId, preprocess: &Preprocess) -> Self {
        let nodes = &graph.nodes()[..=layer.index()];
        let mut hasher = Sha256::new();
        for id in nodes.iter().flat_map(|node| &node.parameters) {
            for value in weights.get(graph.parameter(*id)) {
                hasher.update(value.to_le_bytes());
            }
        }
        Self { preprocess: preprocess.clone(), nodes: nodes.to_vec(), weights: hasher.finalize().into() }
    }
}

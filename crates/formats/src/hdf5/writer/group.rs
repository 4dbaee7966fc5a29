//! Groups of the old form: a heap of names, symbol nodes, and a B-tree over them.

use super::layout::UNDEFINED;
use super::{Group, Layout, Member, object};

/// Symbols in a leaf, and children of a B-tree's node: twice the ranks in the superblock, h5py's defaults.
pub(super) const SYMBOLS_IN_NODE: usize = 8;
pub(super) const CHILDREN_OF_NODE: usize = 32;

const SYMBOL_BYTES: usize = 40;
const SYMBOL_NODE_BYTES: usize = 8 + SYMBOLS_IN_NODE * SYMBOL_BYTES;
const TREE_NODE_BYTES: usize = 24 + (2 * CHILDREN_OF_NODE + 1) * 8;
/// In place of a heap's list of free blocks: there is none.
const NOTHING_FREE: u64 = 1;

/// Where an object is, and for a group where its names are.
pub(super) struct Placed {
    header: u64,
    /// Addresses of the B-tree and of the heap of names.
    group: Option<(u64, u64)>,
}

impl Placed {
    /// What a symbol's entry says after its name: the address, and for a group a copy of its header's message.
    pub(super) fn entry(&self) -> [u8; 32] {
        let mut entry = [0; 32];
        entry[..8].copy_from_slice(&self.header.to_le_bytes());
        if let Some((tree, names)) = self.group {
            entry[8] = 1; // what follows is a group's
            entry[16..24].copy_from_slice(&tree.to_le_bytes());
            entry[24..].copy_from_slice(&names.to_le_bytes());
        }
        entry
    }
}

/// Writes `group` and everything below it, members first.
pub(super) fn write<'a>(layout: &mut Layout<'a>, group: Group<'a>) -> Placed {
    let mut names = vec![0; 8]; // the empty name, left of all others
    let mut symbols = Vec::with_capacity(group.members.len());
    for (name, member) in group.members {
        let placed = match member {
            Member::Group(group) => write(layout, group),
            Member::Values { shape, values } => {
                Placed { header: object::dataset(layout, &shape, values), group: None }
            }
        };
        symbols.push((names.len() as u64, placed));
        names.extend(name.into_bytes());
        names.resize((names.len() + 1).next_multiple_of(8), 0);
    }
    let leaves = leaves(layout, &symbols);
    let tree = tree(layout, leaves);
    let names = heap(layout, &names);
    let header = object::group(layout, tree, names, group.texts);
    Placed { header, group: Some((tree, names)) }
}

fn heap(layout: &mut Layout<'_>, names: &[u8]) -> u64 {
    let address = layout.address();
    layout.put(b"HEAP\0\0\0\0");
    layout.put_u64(names.len() as u64);
    layout.put_u64(NOTHING_FREE);
    layout.put_u64(address + 32);
    layout.put(names);
    address
}

/// A child of the B-tree: its address, and the greatest name in it as a place in the heap.
type Child = (u64, u64);

fn leaves(layout: &mut Layout<'_>, symbols: &[(u64, Placed)]) -> Vec<Child> {
    let mut children = Vec::new();
    for symbols in symbols.chunks(SYMBOLS_IN_NODE) {
        let address = layout.address();
        layout.put(b"SNOD\x01\0");
        layout.put(&(symbols.len() as u16).to_le_bytes());
        for (name, placed) in symbols {
            layout.put_u64(*name);
            layout.put(&placed.entry());
        }
        layout.fill_to(address + SYMBOL_NODE_BYTES as u64);
        children.extend(symbols.last().map(|(name, _)| (address, *name)));
    }
    children
}

/// Builds the levels above `children` until one node is left; an empty group has one empty node.
fn tree(layout: &mut Layout<'_>, mut children: Vec<Child>) -> u64 {
    for level in 0_u8.. {
        let start = layout.address();
        let node_at = |index: usize| start + (index * TREE_NODE_BYTES) as u64;
        let nodes = children.len().div_ceil(CHILDREN_OF_NODE).max(1);
        let mut parents = Vec::with_capacity(nodes);
        let mut left_name = 0; // greater names than this lie under the node
        for index in 0..nodes {
            let from = index * CHILDREN_OF_NODE;
            let under = &children[from..children.len().min(from + CHILDREN_OF_NODE)];
            layout.put(b"TREE\0");
            layout.put(&[level]);
            layout.put(&(under.len() as u16).to_le_bytes());
            layout.put_u64(if index > 0 { node_at(index - 1) } else { UNDEFINED });
            layout.put_u64(if index + 1 < nodes { node_at(index + 1) } else { UNDEFINED });
            layout.put_u64(left_name);
            for (child, greatest_name) in under {
                layout.put_u64(*child);
                layout.put_u64(*greatest_name);
                left_name = *greatest_name;
            }
            layout.fill_to(node_at(index + 1));
            parents.push((node_at(index), left_name));
        }
        if nodes == 1 {
            return start;
        }
        children = parents;
    }
    unreachable!("every level has fewer nodes than the one below")
}

//! The features of a frozen base, kept from one training to the next.
//!
//! They are a function of the base, of its weights, of the pictures and of the batch size alone. Where all of these are
//! the same, the next training would compute the same bits.

use std::sync::Arc;

use graph::{Node, NodeId};
use images::{Source, SourceIdentity};
use sha2::{Digest, Sha256};

use crate::feed::Features;
use crate::{Model, Part};

/// The features that the last training computed, for others that begin with the same base. They are let go as soon as a
/// training begins that cannot use them, so that they take no more memory than those of one.
#[derive(Default)]
pub struct KeptFeatures {
    base: Option<Base>,
    /// Of the training part, and of the validation part.
    parts: [Option<Kept>; 2],
}

/// What computes features.
#[derive(PartialEq)]
struct Base {
    /// Up to the layer whose output they are.
    nodes: Vec<Node>,
    /// Of all weights of these: SHA-256.
    weights: [u8; 32],
    batch_size: usize,
}

struct Kept {
    pictures: SourceIdentity,
    features: Arc<Features>,
}

impl KeptFeatures {
    /// Lets go of what is not of the output of `layer` of `model`, of everything if there is no such layer.
    pub(crate) fn forget_other_bases(&mut self, model: &Model, layer: Option<NodeId>, batch_size: usize) {
        let base = layer.map(|layer| Base::of(model, layer, batch_size));
        if self.base != base {
            *self = Self { base, ..Self::default() };
        }
    }

    /// Those of these pictures.
    pub(crate) fn of(&self, part: Part, source: &Source) -> Option<Arc<Features>> {
        let kept = self.parts[part as usize].as_ref().filter(|kept| kept.pictures == source.identity())?;
        Some(Arc::clone(&kept.features))
    }

    pub(crate) fn forget(&mut self, part: Part) {
        self.parts[part as usize] = None;
    }

    pub(crate) fn keep(&mut self, part: Part, source: &Source, features: &Arc<Features>) {
        let kept = Kept { pictures: source.identity(), features: Arc::clone(features) };
        self.parts[part as usize] = Some(kept);
    }
}

impl Base {
    fn of(Model { graph, weights }: &Model, layer: NodeId, batch_size: usize) -> Self {
        let nodes = &graph.nodes()[..=layer.index()];
        let mut hasher = Sha256::new();
        for id in nodes.iter().flat_map(|node| &node.parameters) {
            for value in weights.get(graph.parameter(*id)) {
                hasher.update(value.to_le_bytes());
            }
        }
        Self { nodes: nodes.to_vec(), weights: hasher.finalize().into(), batch_size }
    }
}

//! A model: its graph and its weights.

use graph::{Graph, Weights};

/// What is trained: layers whose `trainable` is false stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The layers.
    pub graph: Graph,
    /// Their values.
    pub weights: Weights,
}

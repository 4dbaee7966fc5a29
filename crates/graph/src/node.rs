//! One layer of a model.

use crate::{Op, ParameterId, Shape};

/// A node's place in its graph: nodes run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) usize);

impl NodeId {
    /// Its index in [`crate::Graph::nodes`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// One layer: a name, an op, where its inputs come from and what it owns.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Keras's layer name, unique in the graph.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The nodes whose outputs it reads; all come before it.
    pub inputs: Vec<NodeId>,
    /// Its parameters, in Keras's order.
    pub parameters: Vec<ParameterId>,
    /// The shape of its output, without the batch axis.
    pub shape: Shape,
    /// Keras's `layer.trainable`: false freezes the parameters, and a batch norm's moving figures with them.
    pub trainable: bool,
}

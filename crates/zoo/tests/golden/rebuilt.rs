//! A graph with other ops in it.

use graph::{Activation, Dense, Graph, Node, Op};

/// `graph` with the op that `replaced` gives for a node, where it gives one.
pub(crate) fn rebuilt(graph: &Graph, replaced: impl Fn(&Node) -> Option<Op>) -> Graph {
    let input = &graph.nodes()[0];
    let mut rebuilt = Graph::new(graph.name(), &input.name, input.shape.clone()).expect("it was built");
    for node in &graph.nodes()[1..] {
        let op = replaced(node).unwrap_or_else(|| node.op.clone());
        rebuilt.add(&node.name, op, &node.inputs).expect("it was built");
    }
    rebuilt
}

/// The same network with nothing dropped in training, and without its softmax.
pub(crate) fn bare(graph: &Graph) -> Graph {
    rebuilt(graph, |node| match &node.op {
        Op::Dropout(_) => Some(Op::Dropout(0.0)),
        Op::StochasticDepth(_) => Some(Op::StochasticDepth(0.0)),
        Op::Activation(Activation::Softmax) => Some(Op::Activation(Activation::Linear)),
        Op::Dense(dense) if dense.activation == Activation::Softmax => {
            Some(Op::Dense(Dense { activation: Activation::Linear, ..dense.clone() }))
        }
        _ => None,
    })
}

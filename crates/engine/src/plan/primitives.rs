//! Ops that are others one after the other, written out: plans are made of the others.
//!
//! | op | written out |
//! |---|---|
//! | `SeparableConv2d` | `DepthwiseConv2d`, then `Conv2d` of 1 × 1 with bias and activation |
//! | `AddScaled` | `Rescaling` of the second input, then `Add` |
//!
//! Parameters keep their places, so that weights and `ParameterId`s are those of the model as it was given.

use std::borrow::Cow;

use graph::{Activation, Conv2d, DepthwiseConv2d, Graph, Node, NodeId, Op, SeparableConv2d};

use crate::Result;

/// A graph without composed ops, and where its nodes came from.
pub(crate) struct Primitives<'g> {
    pub(crate) graph: Cow<'g, Graph>,
    /// For each node of the given graph the node with the same output; empty where the graph is the given one.
    places: Vec<NodeId>,
}

impl<'g> Primitives<'g> {
    /// Writes out what is composed in `graph`.
    ///
    /// # Errors
    /// What stands between the parts of an op is too large.
    pub(crate) fn of(graph: &'g Graph) -> Result<Self> {
        if !graph.nodes().iter().any(|node| is_composed(&node.op)) {
            return Ok(Self { graph: Cow::Borrowed(graph), places: Vec::new() });
        }
        let input = &graph.node(graph.input()).name;
        let mut target = Graph::new(graph.name(), input, graph.input_shape().clone())?;
        let mut places = vec![target.input()];
        for node in &graph.nodes()[1..] {
            let inputs: Vec<NodeId> = node.inputs.iter().map(|input| places[input.index()]).collect();
            let last = add(&mut target, graph, node, &inputs)?;
            places.push(last);
        }
        Ok(Self { graph: Cow::Owned(target), places })
    }

    /// The node whose output is that of `id` in the given graph.
    pub(crate) fn place(&self, id: NodeId) -> NodeId {
        self.places.get(id.index()).copied().unwrap_or(id)
    }
}

fn is_composed(op: &Op) -> bool {
    matches!(op, Op::SeparableConv2d(_) | Op::AddScaled(_))
}

/// Adds `node` of `source`, which reads `inputs`, to `target`; gives the node with its output.
fn add(target: &mut Graph, source: &Graph, node: &Node, inputs: &[NodeId]) -> Result<NodeId> {
    let (first, last, inputs) = match &node.op {
        Op::SeparableConv2d(config) => {
            let (depthwise, pointwise) = parts(config);
            let first = target.add(free_name(source, node, "depthwise"), depthwise, inputs)?;
            (Some(first), pointwise, vec![first])
        }
        Op::AddScaled(scale) => {
            let rescaling = Op::Rescaling { scale: *scale, offset: 0.0 };
            let first = target.add(free_name(source, node, "scale"), rescaling, &inputs[1..])?;
            (Some(first), Op::Add, vec![inputs[0], first])
        }
        op => (None, op.clone(), inputs.to_vec()),
    };
    let last = target.add(node.name.as_str(), last, &inputs)?;
    first.into_iter().chain([last]).for_each(|id| target.set_trainable(id, node.trainable));
    Ok(last)
}

/// A name for a part of `node` that no layer of `source` has.
fn free_name(source: &Graph, node: &Node, part: &str) -> String {
    let mut name = format!("{}_{part}", node.name);
    while source.nodes().iter().any(|other| other.name == name) {
        name.push('_');
    }
    name
}

fn parts(config: &SeparableConv2d) -> (Op, Op) {
    let depthwise = DepthwiseConv2d {
        kernel: config.kernel,
        stride: config.stride,
        dilation: config.dilation,
        padding: config.padding,
        multiplier: config.multiplier,
        use_bias: false,
        activation: Activation::Linear,
        initializer: config.depthwise_initializer,
    };
    let pointwise = Conv2d {
        use_bias: config.use_bias,
        activation: config.activation,
        initializer: config.pointwise_initializer,
        ..Conv2d::new(config.filters, 1)
    };
    (Op::DepthwiseConv2d(depthwise), Op::Conv2d(pointwise))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(op: Op) -> Graph {
        let mut graph = Graph::new("m", "input", [9, 9, 4]).unwrap();
        let a = graph.add("a", Op::Conv2d(Conv2d::new(4, 3).same()), &[graph.input()]).unwrap();
        let inputs = if matches!(op, Op::AddScaled(_)) { vec![graph.input(), a] } else { vec![a] };
        graph.add("b", op, &inputs).unwrap();
        graph.add("b_depthwise", Op::Flatten, &[graph.output()]).unwrap();
        graph
    }

    #[test]
    fn nothing_is_copied_where_nothing_is_composed() {
        let graph = graph(Op::Conv2d(Conv2d::new(3, 3)));
        let primitives = Primitives::of(&graph).unwrap();
        assert!(matches!(primitives.graph, Cow::Borrowed(_)));
        assert_eq!(primitives.place(graph.output()), graph.output());
    }

    #[test]
    fn parameters_keep_their_places() {
        let separable = SeparableConv2d { multiplier: 2, ..SeparableConv2d::new(5, 3) };
        for op in [Op::SeparableConv2d(separable), Op::AddScaled(0.2)] {
            let mut graph = graph(op);
            graph.set_trainable(graph.find("b").unwrap(), false);
            let primitives = Primitives::of(&graph).unwrap();
            let written = &*primitives.graph;
            let [given, got] = [&graph, written].map(|g| -> Vec<_> {
                g.parameters()
                    .iter()
                    .map(|p| (p.range(), p.shape.clone(), p.initializer, g.is_trained(p)))
                    .collect()
            });
            assert_eq!(given, got);
            assert!(!written.nodes().iter().any(|node| is_composed(&node.op)));
            for id in graph.ids() {
                let place = written.node(primitives.place(id));
                assert_eq!((&place.name, &place.shape), (&graph.node(id).name, &graph.node(id).shape));
            }
        }
    }
}

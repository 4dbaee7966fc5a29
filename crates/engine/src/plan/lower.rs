//! From nodes to steps: the fixed part folded as it goes, the learning part step by step.

mod between;
mod fixed;
mod learning;
mod plain;
mod pooled;

use std::collections::{HashMap, HashSet};

use graph::{Activation as Function, BatchNorm, Graph, LayerNorm, Node, NodeId, Op, ParameterId, Role};
use kernels::activation::Activation;
use kernels::conv::Conv;
use kernels::depthwise::Depthwise;

use super::fold::{Chain, Head};
use super::geometry;
use super::{BatchStatistics, Region, Regions};
use crate::arena::BufferId;
use crate::norms::{NormId, NormVariables, Norms};
use crate::ops::{ApplyStep, Border, BorderStep, Fused, LayerNormVariables, Step, Variable};
use crate::trainer::Slot;

/// The steps of a plan and the sizes of their buffers, before anything is placed.
pub(crate) struct Lowered {
    pub(crate) steps: Vec<Box<dyn Step>>,
    /// For each step, the layers that it computes.
    pub(crate) labels: Vec<String>,
    /// For each step, whether it belongs to the learning part.
    pub(crate) learns: Vec<bool>,
    /// The norms between the trained layers.
    pub(crate) norms: Norms,
    /// Buffers through which a gradient passes.
    pub(crate) trained: HashSet<BufferId>,
    /// Values a picture of each buffer.
    pub(crate) per_picture: Vec<usize>,
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
}

/// Lowers what `regions` keeps of `graph`, from `start`, whose output is given, to `end`.
pub(crate) fn lower(
    graph: &Graph,
    regions: &Regions,
    (start, end): (NodeId, NodeId),
    slots: &[Slot],
    statistics: BatchStatistics,
) -> Lowered {
    let mut readers = vec![0; graph.nodes().len()];
    for id in graph.ids().filter(|&id| id > start && regions.of(id) != Region::Absent) {
        graph.node(id).inputs.iter().for_each(|input| readers[input.index()] += 1);
    }
    readers[end.index()] += 1;
    let gradients = slots.iter().map(|slot| (slot.parameter, slot.gradients.clone())).collect();
    let mut lowering = Lowering {
        graph,
        regions,
        statistics,
        readers,
        gradients,
        values: HashMap::new(),
        steps: Vec::new(),
        labels: Vec::new(),
        learns: Vec::new(),
        norms: Norms::default(),
        trained: HashSet::new(),
        per_picture: Vec::new(),
    };
    let input = lowering.new_buffer(graph.node(start).shape.elements());
    lowering.values.insert(start, Value::Buffer(input));
    for id in graph.ids().filter(|&id| id > start) {
        match regions.of(id) {
            Region::Absent => {}
            Region::Fixed => lowering.fixed(id),
            Region::Random | Region::Trained => lowering.learning(id),
        }
    }
    let output = lowering.buffer(end);
    let Lowering { steps, labels, learns, norms, trained, per_picture, .. } = lowering;
    Lowered { steps, labels, learns, norms, trained, per_picture, input, output }
}

/// What is known of a node's output.
enum Value {
    Buffer(BufferId),
    /// The output of a node before, which may have other readers.
    Alias(BufferId),
    /// Zeros around a node's output, not written yet: a convolution may take them in.
    Padded {
        source: NodeId,
        border: [usize; 4],
        map: [usize; 3],
    },
    /// A fixed step that may still grow.
    Chain(Box<Chain>),
    /// A trained layer's output before its norm and activation, which its only reader may apply.
    Normed {
        buffer: BufferId,
        norm: NormId,
        activation: Activation,
    },
}

struct Lowering<'g> {
    graph: &'g Graph,
    regions: &'g Regions,
    statistics: BatchStatistics,
    /// How many read each node's output.
    readers: Vec<usize>,
    gradients: HashMap<ParameterId, std::ops::Range<usize>>,
    values: HashMap<NodeId, Value>,
    steps: Vec<Box<dyn Step>>,
    labels: Vec<String>,
    learns: Vec<bool>,
    norms: Norms,
    trained: HashSet<BufferId>,
    per_picture: Vec<usize>,
}

impl Lowering<'_> {
    fn new_buffer(&mut self, per_picture: usize) -> BufferId {
        self.per_picture.push(per_picture);
        BufferId(self.per_picture.len() - 1)
    }

    fn buffer_for(&mut self, id: NodeId) -> BufferId {
        self.new_buffer(self.graph.node(id).shape.elements())
    }

    /// The buffer with the output of `id`, written now if it was waiting.
    fn buffer(&mut self, id: NodeId) -> BufferId {
        let (output, layers, step): (BufferId, [NodeId; 2], Box<dyn Step>) = match self.values.remove(&id) {
            Some(value @ (Value::Buffer(buffer) | Value::Alias(buffer))) => {
                self.values.insert(id, value);
                return buffer;
            }
            Some(Value::Padded { source, border, map }) => {
                let (input, output) = (self.buffer(source), self.buffer_for(id));
                let change = Border::Pad;
                (output, [id; 2], Box::new(BorderStep { input, output, map, border, change }))
            }
            Some(Value::Chain(chain)) => {
                let output = self.buffer_for(id);
                (output, [chain.first, chain.last], chain.into_step(output))
            }
            Some(Value::Normed { buffer, norm, activation }) => {
                let output = self.buffer_for(id);
                let step =
                    ApplyStep::new(buffer, output, (norm, activation), None, self.rows_and_channels(id));
                (output, [id; 2], Box::new(step))
            }
            None => unreachable!("nodes are lowered in order, so an input has a value"),
        };
        self.emit_layers(layers, id, output, step);
        output
    }

    /// Positions and channels of a node's output.
    fn rows_and_channels(&self, id: NodeId) -> [usize; 2] {
        let shape = &self.graph.node(id).shape;
        [shape.elements() / shape.channels(), shape.channels()]
    }

    /// Adds a step that gives the output of `id`.
    fn emit(&mut self, id: NodeId, output: BufferId, step: Box<dyn Step>) {
        self.emit_layers([id; 2], id, output, step);
    }

    /// As [`Lowering::emit`], where the step computes the layers from the first one to the second.
    fn emit_layers(&mut self, layers: [NodeId; 2], id: NodeId, output: BufferId, step: Box<dyn Step>) {
        let region = self.regions.of(id);
        self.steps.push(step);
        self.labels.push(label(layers.map(|layer| self.graph.node(layer).name.as_str())));
        self.learns.push(region != Region::Fixed);
        if region == Region::Trained {
            self.trained.insert(output);
        }
        self.values.insert(id, Value::Buffer(output));
    }

    fn alias(&mut self, id: NodeId, of: BufferId) {
        self.values.insert(id, Value::Alias(of));
    }

    /// `id` gives what its input gives, which goes on growing where nobody else reads it.
    fn pass_on(&mut self, id: NodeId) {
        let from = self.graph.node(id).inputs[0];
        match self.values.get(&from) {
            Some(Value::Chain(_) | Value::Normed { .. }) if self.has_one_reader(from) => {
                self.extend(from, id)
            }
            _ => {
                let buffer = self.buffer(from);
                self.alias(id, buffer);
            }
        }
    }

    fn has_one_reader(&self, id: NodeId) -> bool {
        self.readers[id.index()] == 1
    }

    /// The chain that gives `id`, when nobody else reads it.
    fn chain(&mut self, id: NodeId) -> Option<&mut Chain> {
        let alone = self.has_one_reader(id);
        match self.values.get_mut(&id) {
            Some(Value::Chain(chain)) if alone => Some(chain),
            _ => None,
        }
    }

    /// After `tail` joined the chain that gave `from`, the chain gives `tail`.
    fn extend(&mut self, from: NodeId, tail: NodeId) {
        if let Some(value) = self.values.remove(&from) {
            self.values.insert(tail, value);
        }
    }

    fn start_chain(&mut self, id: NodeId, input: BufferId, head: Head) {
        self.values.insert(id, Value::Chain(Box::new(Chain { head, input, first: id, last: id, tail: id })));
    }

    fn variable(&self, node: &Node, role: Role) -> Option<Variable> {
        let id = *node.parameters.iter().find(|p| self.graph.parameter(**p).role == role)?;
        let weights = self.graph.parameter(id).range();
        Some(Variable { weights, gradient: self.gradients.get(&id).cloned() })
    }

    fn kernel(&self, node: &Node) -> Fused {
        let empty = Variable { weights: 0..0, gradient: None };
        Fused::new(self.variable(node, Role::Kernel).unwrap_or(empty), self.variable(node, Role::Bias))
    }

    fn layer_norm(&self, node: &Node, config: &LayerNorm) -> LayerNormVariables {
        let [gamma, beta] = [Role::Gamma, Role::Beta].map(|role| self.variable(node, role));
        LayerNormVariables { gamma, beta, epsilon: config.epsilon }
    }

    fn norm(&self, node: &Node, config: &BatchNorm) -> NormVariables {
        let empty = || Variable { weights: 0..0, gradient: None };
        NormVariables {
            gamma: self.variable(node, Role::Gamma),
            beta: self.variable(node, Role::Beta),
            mean: self.variable(node, Role::MovingMean).unwrap_or_else(empty),
            variance: self.variable(node, Role::MovingVariance).unwrap_or_else(empty),
            epsilon: config.epsilon,
            momentum: config.momentum,
        }
    }

    /// Where a window of `id` reads: the node, its shape, and the zeros that the window takes in.
    fn window_source(&self, id: NodeId) -> (NodeId, [usize; 3], [usize; 4]) {
        let node = self.graph.node(id);
        let from = node.inputs[0];
        if let (true, Some(Value::Padded { source, border, map })) =
            (geometry::takes_zeros_in(&node.op), self.values.get(&from))
        {
            return (*source, *map, *border);
        }
        (from, self.graph.node(from).shape.as_map().unwrap_or([1, 1, 1]), [0; 4])
    }

    /// The head of a weighted op, geometry and parameters, and the node that it reads.
    fn weighted(&mut self, id: NodeId) -> Option<(NodeId, Head)> {
        let node = self.graph.node(id);
        match &node.op {
            Op::Conv2d(config) => {
                let (from, map, border) = self.window_source(id);
                let window = geometry::window(&node.op, map, border, &node.shape);
                // A group for each channel: kernel `[kh, kw, 1, C * multiplier]` lies as `[kh, kw, C, multiplier]`.
                if config.groups > 1 && config.groups == map[2] {
                    let depthwise = Depthwise { window, multiplier: config.filters / config.groups };
                    return Some((from, Head::Depthwise(depthwise, self.kernel(node))));
                }
                if window.is_pointwise() && window.positions() == 1 && config.groups == 1 {
                    return Some((from, Head::Dense([1, map[2], config.filters], self.kernel(node))));
                }
                let conv = Conv { window, filters: config.filters, groups: config.groups };
                Some((from, Head::Conv(conv, self.kernel(node))))
            }
            Op::DepthwiseConv2d(config) => {
                let (from, map, border) = self.window_source(id);
                let window = geometry::window(&node.op, map, border, &node.shape);
                let depthwise = Depthwise { window, multiplier: config.multiplier };
                Some((from, Head::Depthwise(depthwise, self.kernel(node))))
            }
            Op::Dense(config) => {
                let shape = &self.graph.node(node.inputs[0]).shape;
                let [rows, channels] = self.rows_and_channels(node.inputs[0]);
                let head = match shape.as_map() {
                    // On a map it is a pointwise convolution.
                    Some(map) if rows > 1 => {
                        let window = geometry::window(&node.op, map, [0; 4], &node.shape);
                        Head::Conv(Conv { window, filters: config.units, groups: 1 }, self.kernel(node))
                    }
                    _ => Head::Dense([rows, channels, config.units], self.kernel(node)),
                };
                Some((node.inputs[0], head))
            }
            _ => None,
        }
    }
}

/// What a step is called that computes the layers from the first to the last: what both names begin with is not
/// repeated.
fn label([first, last]: [&str; 2]) -> String {
    if first == last {
        return first.to_owned();
    }
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b);
    let word = same.enumerate().filter(|(_, (byte, _))| *byte == b'_').last().map_or(0, |(at, _)| at + 1);
    format!("{first} … {}", &last[word..])
}

/// The kernels' function, unless it looks at more than one value (softmax).
fn pointwise(function: Function) -> Option<Activation> {
    match function {
        Function::Linear => Some(Activation::Linear),
        Function::Relu => Some(Activation::Relu),
        Function::Relu6 => Some(Activation::Relu6),
        Function::Sigmoid => Some(Activation::Sigmoid),
        Function::Tanh => Some(Activation::Tanh),
        Function::Swish => Some(Activation::Swish),
        Function::HardSigmoid => Some(Activation::HardSigmoid),
        Function::HardSwish => Some(Activation::HardSwish),
        Function::Gelu => Some(Activation::Gelu),
        Function::Softmax => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_repeats_nothing() {
        let labels =
            [["a", "a"], ["block_1_expand", "block_1_project"], ["Conv1", "expanded_conv"], ["b_1", "b_12"]];
        let expected = ["a", "block_1_expand … project", "Conv1 … expanded_conv", "b_1 … 12"];
        assert_eq!(labels.map(label), expected);
    }
}

//! Ops that are lowered alike in both parts: pools, paddings, and those that move values about.

use graph::{Activation as Function, NodeId, Op};

use super::super::geometry;
use super::{Lowering, Value, pointwise};
use crate::arena::BufferId;
use crate::ops::{
    ActivationStep, Border, BorderStep, ConcatStep, ExciteStep, GlobalPoolStep, LayerNormStep, MultiplyStep,
    PoolStep, Reduce, ReverseStep, SoftmaxStep, Step,
};

impl Lowering<'_> {
    /// A node whose step does not depend on the part.
    pub(super) fn plain(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        match &node.op {
            Op::ZeroPad(border) => {
                let map = self.graph.node(node.inputs[0]).shape.as_map().unwrap_or([1, 1, 1]);
                let source = node.inputs[0];
                self.values.insert(id, Value::Padded { source, border: *border, map });
                if !self.has_one_reader(id) {
                    self.buffer(id);
                }
            }
            Op::ReverseChannels => {
                let (input, channels) = (self.buffer(node.inputs[0]), node.shape.channels());
                let output = self.buffer_for(id);
                self.emit(id, output, Box::new(ReverseStep { input, output, channels }));
            }
            Op::Crop(border) => {
                let map = node.shape.as_map().unwrap_or([1, 1, 1]);
                let (input, output) = (self.buffer(node.inputs[0]), self.buffer_for(id));
                let (border, change) = (*border, Border::Crop);
                let step = BorderStep { input, output, map, border, change };
                self.emit(id, output, Box::new(step));
            }
            Op::Flatten | Op::Reshape(_) => {
                let buffer = self.buffer(node.inputs[0]);
                self.alias(id, buffer);
            }
            Op::LayerNorm(config) => {
                let variables = self.layer_norm(node, config);
                let (input, output) = (self.buffer(node.inputs[0]), self.buffer_for(id));
                let step = LayerNormStep::new(input, output, variables, self.rows_and_channels(id));
                self.emit(id, output, Box::new(step));
            }
            Op::Multiply => self.multiply(id),
            Op::MaxPool(_) => self.pool(id, Reduce::Max),
            Op::AveragePool(_) => self.pool(id, Reduce::Average),
            Op::GlobalMaxPool { .. } => self.global_pool(id, Reduce::Max),
            Op::GlobalAveragePool { .. } => self.global_pool(id, Reduce::Average),
            Op::Concat => self.concat(id),
            op => unreachable!("{} is lowered elsewhere", op.keras_class()),
        }
    }

    fn multiply(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        let [a, b] = [node.inputs[0], node.inputs[1]];
        let [one, other] = [a, b].map(|input| self.graph.node(input).shape == node.shape);
        let inputs = [self.buffer(a), self.buffer(b)];
        let output = self.buffer_for(id);
        if one && other {
            return self.emit(id, output, Box::new(MultiplyStep { inputs, output }));
        }
        let [map, factors] = if one { inputs } else { [inputs[1], inputs[0]] };
        let shape = self.rows_and_channels(id);
        self.emit(id, output, Box::new(ExciteStep { map, factors, output, shape }));
    }

    fn pool(&mut self, id: NodeId, reduce: Reduce) {
        let node = self.graph.node(id);
        let (from, map, border) = self.window_source(id);
        let window = geometry::window(&node.op, map, border, &node.shape);
        let (input, output) = (self.buffer(from), self.buffer_for(id));
        self.emit(id, output, Box::new(PoolStep { input, output, window, reduce }));
    }

    fn global_pool(&mut self, id: NodeId, reduce: Reduce) {
        let from = self.graph.node(id).inputs[0];
        let [positions, channels] = self.rows_and_channels(from);
        let (input, output) = (self.buffer(from), self.buffer_for(id));
        self.emit(id, output, Box::new(GlobalPoolStep { input, output, positions, channels, reduce }));
    }

    fn concat(&mut self, id: NodeId) {
        let (graph, mut inputs) = (self.graph, Vec::new());
        for &input in &graph.node(id).inputs {
            inputs.push((self.buffer(input), graph.node(input).shape.channels()));
        }
        let (output, channels) = (self.buffer_for(id), graph.node(id).shape.channels());
        self.emit(id, output, Box::new(ConcatStep { inputs, output, channels }));
    }

    /// A step for `function` alone, which gives the output of `id`; for `linear` that is its input itself.
    pub(super) fn push_function(&mut self, id: NodeId, input: BufferId, function: Function) {
        let step: Box<dyn Step> = match (function, pointwise(function)) {
            (Function::Linear, _) => return self.alias(id, input),
            (_, Some(activation)) => {
                let output = self.buffer_for(id);
                Box::new(ActivationStep { input, output, activation })
            }
            (_, None) => {
                let output = self.buffer_for(id);
                let classes = self.graph.node(id).shape.channels();
                Box::new(SoftmaxStep { input, output, classes })
            }
        };
        self.emit(id, step.output(), step);
        let is_its_own_layer = matches!(self.graph.node(id).op, Op::Activation(_));
        if let (Some(label), false) = (self.labels.last_mut(), is_its_own_layer) {
            *label = format!("{label}, {}", function.name());
        }
    }
}

//! Ops that are lowered alike in both parts: pools, paddings, and those that move values about.

use graph::{Activation as Function, NodeId, Op};

use super::super::geometry;
use super::{Lowering, Value, pointwise};
use crate::arena::BufferId;
use crate::ops::{
    ActivationStep, ConcatStep, GlobalPoolStep, PoolStep, Reduce, ReverseStep, SoftmaxStep, Step,
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
            Op::Flatten => {
                let buffer = self.buffer(node.inputs[0]);
                self.alias(id, buffer);
            }
            Op::MaxPool(_) => self.pool(id, Reduce::Max),
            Op::AveragePool(_) => self.pool(id, Reduce::Average),
            Op::GlobalMaxPool { .. } => self.global_pool(id, Reduce::Max),
            Op::GlobalAveragePool { .. } => self.global_pool(id, Reduce::Average),
            Op::Concat => self.concat(id),
            op => unreachable!("{} is lowered elsewhere", op.keras_class()),
        }
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

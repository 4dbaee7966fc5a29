//! The learning part: a layer takes over the norm and the activation behind it, or leaves them to its reader.

use graph::{Activation as Function, BatchNorm, NodeId, Op, Role};
use kernels::activation::Activation;

use super::super::fold::Head;
use super::super::{BatchStatistics, geometry};
use super::Lowering;
use crate::arena::BufferId;
use crate::norms::{Norm, NormFigures};
use crate::ops::{
    AddStep, AffineSource, AffineStep, DenseStep, DropoutStep, Gradients, LayerScaleStep, NormStep, Source,
    Step, TrainedConvStep, TrainedDenseStep, TrainedDepthwiseStep,
};

impl Lowering<'_> {
    /// A node of the learning part.
    pub(super) fn learning(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        let is_lowered = self.values.contains_key(&id);
        if is_lowered || self.pooled_conv(id) {
            return;
        }
        if let Some((from, head)) = self.weighted(id) {
            return self.learning_weighted(id, from, head);
        }
        match &node.op {
            Op::BatchNorm(config) => self.learning_norm(id, config),
            Op::Activation(function) => self.function_between(node.inputs[0], id, *function),
            Op::Rescaling { .. } | Op::Normalization { .. } => {
                let (scale, offset) = geometry::affine(&node.op, node.shape.channels());
                self.learning_affine(id, AffineSource::Constant(scale, offset));
            }
            Op::Add => self.learning_add(id),
            Op::LayerScale { .. } => self.learning_scale(id),
            Op::Dropout(rate) if *rate > 0.0 && node.trainable => self.dropout(id, *rate, 1),
            Op::StochasticDepth(rate) if *rate > 0.0 && node.trainable => {
                self.dropout(id, *rate, node.shape.elements());
            }
            Op::Dropout(_) | Op::StochasticDepth(_) => self.pass_on(id),
            _ => self.plain(id),
        }
    }

    /// A convolution, depthwise or dense layer, which reads `from`, and its own activation.
    fn learning_weighted(&mut self, id: NodeId, from: NodeId, head: Head) {
        let (source, output) = (self.source(id, from, &head), self.buffer_for(id));
        let step = self.weighted_step(head, source, output);
        self.emit(id, output, step);
        match geometry::own_activation(&self.graph.node(id).op) {
            Function::Linear => {}
            function => self.function_between(id, id, function),
        }
    }

    fn weighted_step(&self, head: Head, source: Source, output: BufferId) -> Box<dyn Step> {
        let input = source.buffer;
        let owes = self.gradients_owed(input);
        match head {
            Head::Conv(conv, fused) => Box::new(TrainedConvStep::new(conv, source, output, fused, owes)),
            Head::Depthwise(depthwise, fused) => {
                Box::new(TrainedDepthwiseStep::new(depthwise, source, output, fused))
            }
            Head::Dense(shape, fused) if TrainedDenseStep::pays(shape) => {
                Box::new(TrainedDenseStep::new(shape, input, output, fused))
            }
            Head::Dense(shape, fused) => Box::new(DenseStep::new(shape, input, output, fused, owes)),
            Head::Strips(..) | Head::Affine(..) | Head::Add { .. } => unreachable!("these have no weights"),
        }
    }

    /// What a weighted step that reads `input` owes.
    pub(super) fn gradients_owed(&self, input: BufferId) -> Gradients {
        match self.trained.contains(&input) {
            true => Gradients::ParametersAndInput,
            false => Gradients::Parameters,
        }
    }

    fn learning_norm(&mut self, id: NodeId, config: &BatchNorm) {
        let node = self.graph.node(id);
        let figures = match (node.trainable, self.statistics) {
            (true, BatchStatistics::Batch) => NormFigures::Batch,
            _ => NormFigures::Moving,
        };
        let is_taken = self.norm_between(id, self.norms.next());
        if !is_taken && !node.trainable {
            return self.learning_affine(id, AffineSource::Norm(self.norm(node, config)));
        }
        let norm = self.norms.add(Norm::new(self.norm(node, config), figures));
        if is_taken {
            return;
        }
        let (input, output) = (self.buffer(node.inputs[0]), self.buffer_for(id));
        let step = NormStep::new(input, output, norm, self.rows_and_channels(id));
        self.emit(id, output, Box::new(step));
    }

    fn learning_affine(&mut self, id: NodeId, source: AffineSource) {
        let (input, output) = (self.buffer(self.graph.node(id).inputs[0]), self.buffer_for(id));
        self.emit(id, output, Box::new(AffineStep::new(input, output, source, Activation::Linear)));
    }

    fn learning_scale(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        match self.variable(node, Role::Gamma) {
            Some(gamma) if gamma.gradient.is_some() => {
                let (input, output) = (self.buffer(node.inputs[0]), self.buffer_for(id));
                let [rows, _] = self.rows_and_channels(id);
                self.emit(id, output, Box::new(LayerScaleStep { input, output, gamma, rows }));
            }
            Some(gamma) => self.learning_affine(id, AffineSource::Factor(gamma)),
            None => unreachable!("a layer scale has a gamma"),
        }
    }

    /// A dropout whose draws are each for `shared` values.
    fn dropout(&mut self, id: NodeId, rate: f32, shared: usize) {
        let node = self.graph.node(id);
        let (input, layer) = (self.buffer(node.inputs[0]), id.index() as u64);
        let (mask, output) = (self.new_buffer(node.shape.elements() / shared), self.buffer_for(id));
        self.emit(id, output, Box::new(DropoutStep { input, output, mask, shared, rate, layer }));
    }

    fn learning_add(&mut self, id: NodeId) {
        if self.residual(id) {
            return;
        }
        let buffers: Vec<BufferId> = self.graph.node(id).inputs.iter().map(|&i| self.buffer(i)).collect();
        let output = self.buffer_for(id);
        let (first, more) = ([buffers[0], buffers[1]], buffers[2..].to_vec());
        self.emit(id, output, Box::new(AddStep::new(first, more, output, Activation::Linear)));
    }
}

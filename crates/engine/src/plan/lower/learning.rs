//! The learning part: nothing is folded, and each activation is a step of its own.

use graph::{Activation as Function, NodeId, Op};
use kernels::activation::Activation;

use super::super::fold::Head;
use super::super::{BatchStatistics, geometry};
use super::Lowering;
use crate::arena::BufferId;
use crate::ops::{
    AddStep, AffineSource, AffineStep, BatchNormStep, DenseStep, DropoutStep, Gradients, MovingNormStep,
    Step, TrainedConvStep, TrainedDenseStep, TrainedDepthwiseStep,
};

impl Lowering<'_> {
    /// A node of the learning part: nothing is folded, and each activation is a step of its own.
    pub(super) fn learning(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        let is_lowered = self.values.contains_key(&id);
        if is_lowered || self.pooled_conv(id) {
            return;
        }
        if let Some((from, head)) = self.weighted(id) {
            let (source, output) = (self.source(id, from, &head), self.buffer_for(id));
            let input = source.buffer;
            let owes = match self.trained.contains(&input) {
                true => Gradients::ParametersAndInput,
                false => Gradients::Parameters,
            };
            let step: Box<dyn Step> = match head {
                Head::Conv(conv, fused) => Box::new(TrainedConvStep::new(conv, source, output, fused, owes)),
                Head::Depthwise(depthwise, fused) => {
                    Box::new(TrainedDepthwiseStep::new(depthwise, source, output, fused))
                }
                Head::Dense(shape, fused) if TrainedDenseStep::pays(shape) => {
                    Box::new(TrainedDenseStep::new(shape, input, output, fused))
                }
                Head::Dense(shape, fused) => Box::new(DenseStep::new(shape, input, output, fused, owes)),
                Head::Strips(..) | Head::Affine(..) | Head::Add { .. } => {
                    unreachable!("these have no weights")
                }
            };
            self.emit(id, output, step);
            return match geometry::own_activation(&node.op) {
                Function::Linear => {}
                function => self.function_between(id, id, function),
            };
        }
        match &node.op {
            Op::BatchNorm(config) => {
                if self.norm_between(id, config) {
                    return;
                }
                let (norm, positions) =
                    (self.norm(node, config), node.shape.elements() / node.shape.channels());
                let (input, output) = (self.buffer(node.inputs[0]), self.buffer_for(id));
                let step: Box<dyn Step> = match (node.trainable, self.statistics) {
                    (false, _) => {
                        Box::new(AffineStep::new(input, output, AffineSource::Norm(norm), Activation::Linear))
                    }
                    (true, BatchStatistics::Moving) => {
                        Box::new(MovingNormStep::new(input, output, norm, positions))
                    }
                    (true, BatchStatistics::Batch) => {
                        Box::new(BatchNormStep::new(input, output, norm, positions))
                    }
                };
                self.emit(id, output, step);
            }
            Op::Activation(function) => self.function_between(node.inputs[0], id, *function),
            Op::Rescaling { .. } | Op::Normalization { .. } => {
                let (scale, offset) = geometry::affine(&node.op, node.shape.channels());
                let (input, output) = (self.buffer(node.inputs[0]), self.buffer_for(id));
                let source = AffineSource::Constant(scale, offset);
                self.emit(id, output, Box::new(AffineStep::new(input, output, source, Activation::Linear)));
            }
            Op::Add => {
                if self.residual(id) {
                    return;
                }
                let buffers: Vec<BufferId> = node.inputs.iter().map(|&i| self.buffer(i)).collect();
                let output = self.buffer_for(id);
                let (first, more) = ([buffers[0], buffers[1]], buffers[2..].to_vec());
                self.emit(id, output, Box::new(AddStep::new(first, more, output, Activation::Linear)));
            }
            Op::Dropout(rate) if *rate > 0.0 && node.trainable => {
                let (input, layer) = (self.buffer(node.inputs[0]), id.index() as u64);
                let (mask, output) = (self.buffer_for(id), self.buffer_for(id));
                self.emit(id, output, Box::new(DropoutStep { input, output, mask, rate: *rate, layer }));
            }
            Op::Dropout(_) => {
                let buffer = self.buffer(node.inputs[0]);
                self.alias(id, buffer);
            }
            _ => self.plain(id),
        }
    }
}

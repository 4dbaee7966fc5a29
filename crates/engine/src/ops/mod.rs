//! The steps of a plan, one file an op: what it packs, its forward and its backward.

mod activation;
mod add;
mod affine;
mod apply;
mod border;
mod concat;
mod conv;
mod dense;
mod depthwise;
mod dropout;
mod fused;
mod layer_norm;
mod layer_scale;
mod multiply;
mod norm;
mod pooled_conv;
mod pooling;
mod reverse;
mod softmax;
mod source;
mod strips;
mod trained_conv;
mod trained_dense;
mod trained_depthwise;

use std::ops::Range;

use kernels::activation::Activation;
use kernels::{Pool, Write};

use crate::arena::{Arena, BufferId};
use crate::norms::{NormId, Norms};

pub(crate) use activation::ActivationStep;
pub(crate) use add::AddStep;
pub(crate) use affine::{AffineSource, AffineStep};
pub(crate) use apply::ApplyStep;
pub(crate) use border::{Border, BorderStep};
pub(crate) use concat::ConcatStep;
pub(crate) use conv::ConvStep;
pub(crate) use dense::DenseStep;
pub(crate) use depthwise::DepthwiseStep;
pub(crate) use dropout::DropoutStep;
pub(crate) use fused::{Fused, Gradients};
pub(crate) use layer_norm::{LayerNormStep, LayerNormVariables};
pub(crate) use layer_scale::LayerScaleStep;
pub(crate) use multiply::{ExciteStep, MultiplyStep};
pub(crate) use norm::NormStep;
pub(crate) use pooled_conv::PooledConvStep;
pub(crate) use pooling::{GlobalPoolStep, PoolStep, Reduce};
pub(crate) use reverse::ReverseStep;
pub(crate) use softmax::SoftmaxStep;
pub(crate) use source::Source;
pub(crate) use strips::{AroundLayer, StripsStep};
pub(crate) use trained_conv::TrainedConvStep;
pub(crate) use trained_dense::TrainedDenseStep;
pub(crate) use trained_depthwise::TrainedDepthwiseStep;

/// What every step is given when it runs.
pub(crate) struct Run<'a> {
    pub(crate) pool: &'a Pool,
    /// Pictures in this batch.
    pub(crate) batch: usize,
    /// Room for reductions, as large as the largest [`Step::scratch`].
    pub(crate) scratch: &'a mut [f32],
    /// The norms between the trained layers.
    pub(crate) norms: &'a mut Norms,
    /// For random steps: a number that no other step of this training has.
    pub(crate) random_stream: u64,
    /// For random steps.
    pub(crate) seed: u64,
    /// The model's flat buffer, for steps of the learning part that read it where it lies.
    pub(crate) weights: &'a [f32],
}

/// The buffers of gradients around one step.
pub(crate) struct Edges {
    /// Holds the gradient of the step's output.
    pub(crate) output: BufferId,
    /// Where the gradient of each input goes; `None` where nothing before it learns.
    pub(crate) inputs: Vec<Option<(BufferId, Write)>>,
}

impl Edges {
    /// Where the gradient of the only input goes.
    pub(crate) fn input(&self) -> Option<(BufferId, Write)> {
        self.inputs.first().copied().flatten()
    }
}

/// One step of a plan.
pub(crate) trait Step: Send {
    /// The buffers read, one an input of the op.
    fn inputs(&self) -> Vec<BufferId>;

    /// The buffer written.
    fn output(&self) -> BufferId;

    /// Every buffer that the forward reads or writes.
    fn touched(&self) -> Vec<BufferId> {
        let mut touched = self.inputs();
        touched.push(self.output());
        touched
    }

    /// The buffers of the forward that the backward reads.
    fn kept(&self) -> Vec<BufferId> {
        Vec::new()
    }

    /// Takes over the norm that reads the output: its figures are gathered as the output is written, and the output's
    /// gradient is that of the norm's. Says whether it can.
    fn take_norm(&mut self, _norm: NormId) -> bool {
        false
    }

    /// Takes over the activation that reads the output: applies it as the output is written, so that the output's
    /// gradient is that of the activation's. Says whether it can.
    fn take_activation(&mut self, _activation: Activation) -> bool {
        false
    }

    /// Whether the backward turns the output's gradient into the first input's in its own place, if nobody else gives
    /// to that one.
    fn works_backward_in_place(&self) -> bool {
        false
    }

    /// Floating-point operations of the forward for one picture, where they are many for each value.
    fn operations(&self) -> usize {
        0
    }

    /// As [`operations`](Self::operations), of the backward.
    fn backward_operations(&self, _edges: &Edges) -> usize {
        0
    }

    /// Floats of [`Run::scratch`] needed for batches up to `batch`.
    fn scratch(&self, _batch: usize) -> usize {
        0
    }

    /// Takes the parameters from the model's flat buffer and lays them out for the kernels.
    fn load(&mut self, _pool: &Pool, _weights: &[f32]) {}

    /// Computes the output.
    fn forward(&mut self, run: &mut Run, arena: &mut Arena);

    /// From the gradient of the output: those of the inputs, and of the parameters into the flat `gradients`.
    /// Steps that are made for the fixed part have none.
    fn backward(&mut self, _run: &mut Run, _arena: &mut Arena, _edges: &Edges, _gradients: &mut [f32]) {
        unreachable!("a fixed step has no backward");
    }
}

/// A parameter's place among the weights, and among the gradients when it is trained.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) weights: Range<usize>,
    pub(crate) gradient: Option<Range<usize>>,
}

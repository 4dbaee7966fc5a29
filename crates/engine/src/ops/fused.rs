//! Kernel, bias, folded affine, residual and activation of one weighted step.
//!
//! Folding a batch norm, with `s = sqrt(variance + epsilon)`:
//! `gamma (W·x + b − mean) / s + beta = (W·gamma/s)·x + (b − mean)·gamma/s + beta`.

use std::borrow::Cow;

use kernels::Epilogue;
use kernels::activation::Activation;

use super::activation::take_over;
use super::{AffineSource, Edges, Variable};
use crate::arena::BufferId;
use crate::norms::MovingAffine;

/// What a convolution or dense step applies, beside its geometry.
pub(crate) struct Fused {
    pub(crate) kernel: Variable,
    pub(crate) bias: Option<Variable>,
    /// A batch norm, layer scale or rescaling after the weights.
    pub(crate) affine: Option<AffineSource>,
    pub(crate) residual: Option<BufferId>,
    pub(crate) activation: Activation,
    /// Bias with the affine folded in; empty when there is neither.
    offset: Vec<f32>,
}

/// Which gradients a weighted step of the learning part owes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gradients {
    /// Those of its parameters.
    Parameters,
    /// Those and the input's.
    ParametersAndInput,
}

impl Fused {
    pub(crate) fn new(kernel: Variable, bias: Option<Variable>) -> Self {
        let activation = Activation::Linear;
        Self { kernel, bias, affine: None, residual: None, activation, offset: Vec::new() }
    }

    /// The kernel to pack, whose last axes are the `channels` of the output; prepares the offset.
    pub(crate) fn load<'w>(&mut self, weights: &'w [f32], channels: usize) -> Cow<'w, [f32]> {
        let kernel = &weights[self.kernel.weights.clone()];
        if self.bias.is_some() || self.affine.is_some() {
            self.offset.resize(channels, 0.0);
        }
        match &self.bias {
            Some(bias) => self.offset.copy_from_slice(&weights[bias.weights.clone()]),
            None => self.offset.fill(0.0),
        }
        let Some(source) = &self.affine else { return Cow::Borrowed(kernel) };
        let mut affine = MovingAffine::default();
        source.load(weights, &mut affine);
        for ((offset, scale), shift) in self.offset.iter_mut().zip(&affine.scale).zip(&affine.offset) {
            *offset = *offset * scale + shift;
        }
        let rows = kernel.chunks_exact(channels);
        Cow::Owned(rows.flat_map(|row| row.iter().zip(&affine.scale).map(|(w, s)| w * s)).collect())
    }

    /// Lets an activation join whose derivative the output tells; says whether it did.
    pub(crate) fn take_activation(&mut self, activation: Activation) -> bool {
        take_over(&mut self.activation, activation)
    }

    /// Operations of a backward: as many as the forward's for the gradient of a kernel that learns, and again for the
    /// input's where it is wanted.
    pub(crate) fn backward_operations(&self, forward: usize, edges: &Edges) -> usize {
        let gradients = [self.kernel.gradient.is_some(), edges.input().is_some()];
        forward * gradients.into_iter().filter(|wanted| *wanted).count()
    }

    /// What the kernel applies while its result is in registers.
    pub(crate) fn epilogue<'a>(&'a self, residual: Option<&'a [f32]>) -> Epilogue<'a> {
        let bias = (!self.offset.is_empty()).then_some(self.offset.as_slice());
        Epilogue { bias, residual, activation: self.activation }
    }
}

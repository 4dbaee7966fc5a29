//! A scale and an offset a channel that do not learn: batch norm in inference mode, layer scale, rescaling.

use kernels::Pool;
use kernels::activation::Activation;
use kernels::norm;

use super::{Edges, Run, Step, Variable};
use crate::arena::{Arena, BufferId};
use crate::norms::{MovingAffine, NormVariables};

/// Where a fixed affine pass takes its figures from, or a weighted step that it is folded into.
pub(crate) enum AffineSource {
    /// A batch norm in inference mode.
    Norm(NormVariables),
    /// A layer scale: a factor a channel.
    Factor(Variable),
    /// `Rescaling` and `Normalization`: scale and offset a channel.
    Constant(Vec<f32>, Vec<f32>),
}

impl AffineSource {
    /// Scale and offset, without allocating where there is room.
    pub(crate) fn load(&self, weights: &[f32], affine: &mut MovingAffine) {
        match self {
            Self::Norm(norm) => norm.moving_affine_into(weights, affine),
            Self::Factor(gamma) => {
                affine.scale.clear();
                affine.scale.extend_from_slice(&weights[gamma.weights.clone()]);
                affine.offset.resize(affine.scale.len(), 0.0);
            }
            Self::Constant(scale, offset) => {
                affine.scale.clone_from(scale);
                affine.offset.clone_from(offset);
            }
        }
    }
}

/// `y = activation(x * scale + offset)`, a value a channel, without parameters that learn.
pub(crate) struct AffineStep {
    input: BufferId,
    output: BufferId,
    source: AffineSource,
    activation: Activation,
    /// Kept, so that taking the weights anew allocates nothing.
    affine: MovingAffine,
}

impl AffineStep {
    pub(crate) fn new(
        input: BufferId,
        output: BufferId,
        source: AffineSource,
        activation: Activation,
    ) -> Self {
        Self { input, output, source, activation, affine: MovingAffine::default() }
    }
}

impl Step for AffineStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        self.source.load(weights, &mut self.affine);
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        norm::affine(run.pool, x, &self.affine.scale, &self.affine.offset, self.activation, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        // In the learning part this step is made linear; see the lowering.
        if let Some((target, write)) = edges.input() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            norm::backward_affine(run.pool, dy, &self.affine.scale, write, dx);
        }
    }
}

//! A kept tensor with its norm and activation applied, for readers that cannot do so themselves, and with a residual.

use kernels::activation::Activation;
use kernels::{Write, elementwise, kept};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};
use crate::norms::NormId;

/// `y = activation(norm(x) + residual)`; with a residual the activation is linear.
pub(crate) struct ApplyStep {
    input: BufferId,
    output: BufferId,
    norm: NormId,
    activation: Activation,
    residual: Option<BufferId>,
    /// Rows and channels of one picture.
    shape: [usize; 2],
}

impl ApplyStep {
    /// The norm and its activation applied; `shape` is positions and channels.
    pub(crate) fn new(
        input: BufferId,
        output: BufferId,
        (norm, activation): (NormId, Activation),
        residual: Option<BufferId>,
        shape: [usize; 2],
    ) -> Self {
        debug_assert!(residual.is_none() || activation == Activation::Linear);
        Self { input, output, norm, activation, residual, shape }
    }
}

impl Step for ApplyStep {
    fn inputs(&self) -> Vec<BufferId> {
        [Some(self.input), self.residual].into_iter().flatten().collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn scratch(&self, batch: usize) -> usize {
        kept::scratch(batch * self.shape[0], self.shape[1])
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let beside = self.residual.unwrap_or(self.input);
        let ([x, beside], y) = arena.split(run.batch, [self.input, beside], self.output);
        let affine = run.norms.get(self.norm).affine(self.activation);
        kept::apply(run.pool, x, &affine, self.residual.map(|_| beside), y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.inputs.get(1).copied().flatten() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            elementwise::copy(run.pool, dy, write, dx);
        }
        let Some((target, _)) = edges.input() else { return };
        let ([x, dy], dz) = arena.split(run.batch, [self.input, edges.output], target);
        elementwise::copy(run.pool, dy, Write::Set, dz);
        let mut norm = run.norms.take(self.norm);
        let mut sums = std::mem::take(&mut norm.sums);
        let affine = norm.affine(self.activation);
        kept::go_through(run.pool, x, &affine, norm.mean(), run.scratch, dz, &mut sums);
        norm.sums = sums;
        run.norms.put(self.norm, norm);
    }
}

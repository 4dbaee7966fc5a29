//! A kept tensor with its norm and activation applied, for readers that cannot do so themselves, and with a residual.

use kernels::activation::Activation;
use kernels::{kept, norm};

use super::activation::take_over;
use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};
use crate::norms::NormId;

/// `y = activation(norm(x) + residual)`; behind a residual the activation is one whose output tells its derivative.
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
        Self { input, output, norm, activation, residual, shape }
    }

    /// Whether the backward tells the activation's derivative from the output, as it must behind a sum.
    fn reads_output(&self) -> bool {
        self.residual.is_some() && self.activation != Activation::Linear
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
        [Some(self.input), self.reads_output().then_some(self.output)].into_iter().flatten().collect()
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        take_over(&mut self.activation, activation)
    }

    /// Nobody else gives to the norm's gradient, since nobody else reads it.
    fn works_backward_in_place(&self) -> bool {
        true
    }

    fn scratch(&self, batch: usize) -> usize {
        norm::scratch(batch * self.shape[0], self.shape[1])
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let beside = self.residual.unwrap_or(self.input);
        let ([x, beside], y) = arena.split(run.batch, [self.input, beside], self.output);
        let affine = run.norms.get(self.norm).affine(self.activation);
        kept::apply(run.pool, x, &affine, self.residual.map(|_| beside), y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        debug_assert!(edges.input().is_some_and(|(target, _)| target == edges.output), "in place");
        let reads = [self.input, if self.reads_output() { self.output } else { self.input }];
        let beside = edges.inputs.get(1).copied().flatten();
        let target = beside.map(|(target, _)| target);
        let ([x, y], dy, dx) = arena.split_beside(run.batch, reads, edges.output, target);
        let beside = dx.zip(beside).map(|(dx, (_, write))| (dx, write));
        let mut sums = std::mem::take(&mut run.norms.get_mut(self.norm).sums);
        let (pool, norm, scratch) = (run.pool, run.norms.get(self.norm), &mut *run.scratch);
        let (mean, affine) = (norm.mean(), norm.affine(self.activation));
        match self.residual {
            None => kept::go_through(pool, x, &affine, mean, scratch, dy, &mut sums),
            Some(_) => {
                kept::go_through_sum(pool, x, mean, (y, self.activation), scratch, dy, beside, &mut sums);
            }
        }
        run.norms.get_mut(self.norm).sums = sums;
    }
}

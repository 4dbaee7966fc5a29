//! A batch norm that learns as a step of its own.

use kernels::activation::Activation;
use kernels::kept::{self, Moments};
use kernels::norm;

use super::activation::{go_through, kept_output, take_over};
use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};
use crate::norms::NormId;

/// A norm with gamma and beta that learn, or with the batch's own figures, where the layers around it cannot take it
/// over: `y = activation(norm(x))`.
pub(crate) struct NormStep {
    input: BufferId,
    output: BufferId,
    norm: NormId,
    activation: Activation,
    /// Rows and channels of one picture.
    shape: [usize; 2],
}

impl NormStep {
    pub(crate) fn new(input: BufferId, output: BufferId, norm: NormId, shape: [usize; 2]) -> Self {
        Self { input, output, norm, activation: Activation::Linear, shape }
    }
}

impl Step for NormStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        [Some(self.input), kept_output(self.activation, self.output)].into_iter().flatten().collect()
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        take_over(&mut self.activation, activation)
    }

    fn scratch(&self, batch: usize) -> usize {
        let [positions, channels] = self.shape;
        norm::scratch(batch * positions, channels)
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        let mut own = run.norms.take(self.norm);
        if let Some(Moments { mean, variance }) = own.moments() {
            norm::statistics(run.pool, mean.len(), x, run.scratch, mean, variance);
        }
        own.settle(run.weights);
        kept::apply(run.pool, x, &own.affine(self.activation), None, y);
        run.norms.put(self.norm, own);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        go_through(self.activation, run, arena, self.output, edges);
        let mut own = run.norms.take(self.norm);
        let (x, dy) = (arena.get(self.input, run.batch), arena.get(edges.output, run.batch));
        let mut sums = std::mem::take(&mut own.sums);
        kept::sums(run.pool, x, own.mean(), dy, run.scratch, &mut sums);
        own.sums = sums;
        own.turn(run.batch * self.shape[0], gradients);
        if let Some((target, write)) = edges.input() {
            let ([x, dy], dx) = arena.split(run.batch, [self.input, edges.output], target);
            norm::backward(run.pool, x, dy, &own.line(), write, dx);
        }
        run.norms.put(self.norm, own);
    }
}

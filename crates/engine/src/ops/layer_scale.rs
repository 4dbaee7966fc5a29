//! Layer scale while it is trained: `y = x · gamma`, `dx = dy · gamma`, `dgamma = Σ x · dy`.

use kernels::Write;
use kernels::channel_scale::{self, Factors};

use super::{Edges, Run, Step, Variable};
use crate::arena::{Arena, BufferId};

pub(crate) struct LayerScaleStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) gamma: Variable,
    /// Rows of one picture.
    pub(crate) rows: usize,
}

impl LayerScaleStep {
    fn factors<'a>(&self, run: &Run<'a>) -> Factors<'a> {
        let values = &run.weights[self.gamma.weights.clone()];
        Factors { values, channels: values.len(), rows: run.batch * self.rows }
    }
}

impl Step for LayerScaleStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn scratch(&self, batch: usize) -> usize {
        channel_scale::scratch(1, batch * self.rows, self.gamma.weights.len())
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        channel_scale::multiply(run.pool, x, &self.factors(run), Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let factors = self.factors(run);
        let Some(range) = self.gamma.gradient.clone() else { return };
        let dgamma = (&mut gradients[range], Write::Set);
        match edges.input() {
            Some((target, write)) => {
                let ([x, dy], dx) = arena.split(run.batch, [self.input, edges.output], target);
                let dx = Some((dx, write));
                channel_scale::backward(run.pool, x, dy, &factors, run.scratch, dx, dgamma);
            }
            None => {
                let [x, dy] = [self.input, edges.output].map(|id| arena.get(id, run.batch));
                channel_scale::backward(run.pool, x, dy, &factors, run.scratch, None, dgamma);
            }
        }
    }
}

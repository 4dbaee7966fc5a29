//! Softmax along the last axis.

use kernels::softmax;

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct SoftmaxStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) classes: usize,
}

impl Step for SoftmaxStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.output]
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        softmax::forward(run.pool, self.classes, x, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.input() {
            let ([y, dy], dx) = arena.split(run.batch, [self.output, edges.output], target);
            softmax::backward(run.pool, self.classes, y, dy, write, dx);
        }
    }
}

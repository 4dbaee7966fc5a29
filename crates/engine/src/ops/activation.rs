//! Functions of single values in the learning part, where the step before them cannot apply them.

use kernels::activation::{self, Activation};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ActivationStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) activation: Activation,
}

impl ActivationStep {
    fn keeps(&self) -> BufferId {
        if self.activation.is_known_by_output() { self.output } else { self.input }
    }
}

impl Step for ActivationStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.keeps()]
    }

    fn works_backward_in_place(&self) -> bool {
        true
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        activation::forward(run.pool, self.activation, x, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let Some((target, write)) = edges.input() else { return };
        if target == edges.output {
            let ([kept], dy) = arena.split(run.batch, [self.keeps()], target);
            activation::backward_in_place(run.pool, self.activation, kept, dy);
        } else {
            let ([kept, dy], dx) = arena.split(run.batch, [self.keeps(), edges.output], target);
            activation::backward(run.pool, self.activation, kept, dy, write, dx);
        }
    }
}

//! Functions of single values in the learning part, where the convolution before them keeps its own output.

use kernels::activation::{self, Activation};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ActivationStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) activation: Activation,
}

impl ActivationStep {
    /// Swish's gradient cannot be found from its output, so it keeps its input.
    fn keeps(&self) -> BufferId {
        match self.activation {
            Activation::Swish => self.input,
            _ => self.output,
        }
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

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        activation::forward(run.pool, self.activation, x, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.input() {
            let ([kept, dy], dx) = arena.split(run.batch, [self.keeps(), edges.output], target);
            activation::backward(run.pool, self.activation, kept, dy, write, dx);
        }
    }
}

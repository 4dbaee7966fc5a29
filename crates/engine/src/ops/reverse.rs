//! The last axis backwards: RGB to BGR, which is its own gradient.

use kernels::elementwise;

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ReverseStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) channels: usize,
}

impl Step for ReverseStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        elementwise::reverse_rows(run.pool, x, self.channels, kernels::Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.input() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            elementwise::reverse_rows(run.pool, dy, self.channels, write, dx);
        }
    }
}

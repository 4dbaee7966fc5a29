//! A picture without its border.

use kernels::{Write, elementwise};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct CropStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    /// The shape of what is left.
    pub(crate) map: [usize; 3],
    /// Top, bottom, left, right.
    pub(crate) border: [usize; 4],
}

impl Step for CropStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        elementwise::crop(run.pool, self.map, self.border, run.batch, x, Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.input() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            elementwise::pad(run.pool, self.map, self.border, run.batch, dy, write, dx);
        }
    }
}

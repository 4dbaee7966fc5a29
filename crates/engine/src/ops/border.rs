//! A picture with zeros around it, where no convolution could take them in, or without its border.

use kernels::{Pool, Write, elementwise};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

/// What happens to the border; each is the other's gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    /// Zeros are put there.
    Pad,
    /// It is cut away.
    Crop,
}

pub(crate) struct BorderStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    /// The shape inside the border.
    pub(crate) map: [usize; 3],
    /// Top, bottom, left, right.
    pub(crate) border: [usize; 4],
    pub(crate) change: Border,
}

impl BorderStep {
    fn change(&self, change: Border, pool: &Pool, batch: usize, x: &[f32], write: Write, y: &mut [f32]) {
        match change {
            Border::Pad => elementwise::pad(pool, self.map, self.border, batch, x, write, y),
            Border::Crop => elementwise::crop(pool, self.map, self.border, batch, x, write, y),
        }
    }
}

impl Step for BorderStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        self.change(self.change, run.pool, run.batch, x, Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let Some((target, write)) = edges.input() else { return };
        let back = match self.change {
            Border::Pad => Border::Crop,
            Border::Crop => Border::Pad,
        };
        let ([dy], dx) = arena.split(run.batch, [edges.output], target);
        self.change(back, run.pool, run.batch, dy, write, dx);
    }
}

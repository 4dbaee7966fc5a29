//! Maxima and means, over windows and over whole feature maps.

use kernels::{Window, pooling};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

/// What a window becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduce {
    Max,
    Average,
}

impl Reduce {
    /// A maximum's backward looks for the position again.
    fn kept(self, input: BufferId) -> Vec<BufferId> {
        match self {
            Self::Max => vec![input],
            Self::Average => Vec::new(),
        }
    }
}

pub(crate) struct PoolStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) window: Window,
    pub(crate) reduce: Reduce,
}

impl Step for PoolStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        self.reduce.kept(self.input)
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        match self.reduce {
            Reduce::Max => pooling::max_forward(run.pool, &self.window, run.batch, x, y),
            Reduce::Average => pooling::average_forward(run.pool, &self.window, run.batch, x, y),
        }
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let Some((target, write)) = edges.input() else { return };
        let (pool, window, batch) = (run.pool, &self.window, run.batch);
        match self.reduce {
            Reduce::Max => {
                let ([x, dy], dx) = arena.split(batch, [self.input, edges.output], target);
                pooling::max_backward(pool, window, batch, x, dy, write, dx);
            }
            Reduce::Average => {
                let ([dy], dx) = arena.split(batch, [edges.output], target);
                pooling::average_backward(pool, window, batch, dy, write, dx);
            }
        }
    }
}

pub(crate) struct GlobalPoolStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) positions: usize,
    pub(crate) channels: usize,
    pub(crate) reduce: Reduce,
}

impl Step for GlobalPoolStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        self.reduce.kept(self.input)
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let (positions, channels) = (self.positions, self.channels);
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        match self.reduce {
            Reduce::Max => pooling::global_max_forward(run.pool, positions, channels, run.batch, x, y),
            Reduce::Average => {
                pooling::global_average_forward(run.pool, positions, channels, run.batch, x, y)
            }
        }
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let Some((target, write)) = edges.input() else { return };
        let (pool, positions, channels, batch) = (run.pool, self.positions, self.channels, run.batch);
        match self.reduce {
            Reduce::Max => {
                let ([x, dy], dx) = arena.split(batch, [self.input, edges.output], target);
                pooling::global_max_backward(pool, positions, channels, batch, x, dy, write, dx);
            }
            Reduce::Average => {
                let ([dy], dx) = arena.split(batch, [edges.output], target);
                pooling::global_average_backward(pool, positions, channels, batch, dy, write, dx);
            }
        }
    }
}

//! Products of two tensors: value by value, or of a map with a factor a channel (squeeze-and-excitation).

use kernels::channel_scale::{self, Factors};
use kernels::{Write, elementwise};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

/// Two tensors of one shape, which may be the same one.
pub(crate) struct MultiplyStep {
    pub(crate) inputs: [BufferId; 2],
    pub(crate) output: BufferId,
}

impl Step for MultiplyStep {
    fn inputs(&self) -> Vec<BufferId> {
        self.inputs.to_vec()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        self.inputs.to_vec()
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([a, b], y) = arena.split(run.batch, self.inputs, self.output);
        elementwise::multiply(run.pool, a, b, Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let [a, b] = self.inputs;
        for (edge, other) in edges.inputs.iter().zip([b, a]) {
            if let &Some((target, write)) = edge {
                let ([dy, other], dx) = arena.split(run.batch, [edges.output, other], target);
                elementwise::multiply(run.pool, dy, other, write, dx);
            }
        }
    }
}

/// A map and its picture's factor for each channel.
pub(crate) struct ExciteStep {
    pub(crate) map: BufferId,
    pub(crate) factors: BufferId,
    pub(crate) output: BufferId,
    /// Positions and channels of the map.
    pub(crate) shape: [usize; 2],
}

impl ExciteStep {
    fn factors<'a>(&self, values: &'a [f32]) -> Factors<'a> {
        let [rows, channels] = self.shape;
        Factors { values, channels, rows }
    }
}

impl Step for ExciteStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.map, self.factors]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        self.inputs()
    }

    fn scratch(&self, batch: usize) -> usize {
        channel_scale::scratch(batch, self.shape[0], self.shape[1])
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x, factors], y) = arena.split(run.batch, [self.map, self.factors], self.output);
        channel_scale::multiply(run.pool, x, &self.factors(factors), Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let reads = [self.map, self.factors, edges.output];
        let edge = |nth: usize| edges.inputs.get(nth).copied().flatten();
        let Some((target, write)) = edge(1) else {
            if let Some((target, write)) = edge(0) {
                let ([_, factors, dy], dx) = arena.split(run.batch, reads, target);
                channel_scale::multiply(run.pool, dy, &self.factors(factors), write, dx);
            }
            return;
        };
        let (map, map_write) = edge(0).unzip();
        let ([x, factors, dy], dfactors, dx) = arena.split_beside(run.batch, reads, target, map);
        let dx = dx.zip(map_write);
        let dfactors = (dfactors, write);
        channel_scale::backward(run.pool, x, dy, &self.factors(factors), run.scratch, dx, dfactors);
    }
}

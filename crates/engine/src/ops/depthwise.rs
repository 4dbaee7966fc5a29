//! Depthwise convolution: forward with everything fused, and its two backwards.

use kernels::Pool;
use kernels::depthwise::{self, Depthwise};
use kernels::{columns, norm};

use super::{Edges, Fused, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct DepthwiseStep {
    depthwise: Depthwise,
    input: BufferId,
    output: BufferId,
    fused: Fused,
    /// `[kh, kw, C, multiplier]` with the norm folded in.
    kernel: Vec<f32>,
}

impl DepthwiseStep {
    pub(crate) fn new(depthwise: Depthwise, input: BufferId, output: BufferId, fused: Fused) -> Self {
        let kernel = vec![0.0; fused.kernel.weights.len()];
        Self { depthwise, input, output, fused, kernel }
    }

    fn channels(&self) -> usize {
        self.depthwise.window.input[2] * self.depthwise.multiplier
    }
}

impl Step for DepthwiseStep {
    fn inputs(&self) -> Vec<BufferId> {
        [Some(self.input), self.fused.residual].into_iter().flatten().collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn operations(&self) -> usize {
        2 * self.depthwise.window.positions() * self.kernel.len()
    }

    fn scratch(&self, batch: usize) -> usize {
        let rows = batch * self.depthwise.window.positions();
        depthwise::kernel_scratch(&self.depthwise, batch).max(norm::scratch(rows, self.channels()))
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        let channels = self.channels();
        self.kernel.copy_from_slice(&self.fused.load(weights, channels));
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let residual = self.fused.residual;
        let ([x, beside], y) =
            arena.split(run.batch, [self.input, residual.unwrap_or(self.input)], self.output);
        let epilogue = self.fused.epilogue(residual.map(|_| beside));
        depthwise::forward(run.pool, &self.depthwise, run.batch, x, &self.kernel, &epilogue, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let x = arena.get(self.input, run.batch);
        let dy = arena.get(edges.output, run.batch);
        if let Some(range) = self.fused.kernel.gradient.clone() {
            let target = &mut gradients[range];
            depthwise::backward_kernel(run.pool, &self.depthwise, run.batch, x, dy, run.scratch, target);
        }
        if let Some(range) = self.fused.bias.as_ref().and_then(|bias| bias.gradient.clone()) {
            columns::sum(run.pool, self.channels(), dy, run.scratch, &mut gradients[range]);
        }
        if let Some((target, write)) = edges.input() {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            depthwise::backward_input(run.pool, &self.depthwise, run.batch, dy, &self.kernel, write, dx);
        }
    }
}

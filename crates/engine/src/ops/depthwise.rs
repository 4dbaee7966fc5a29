//! Depthwise convolution in the fixed part, with everything fused.

use kernels::Pool;
use kernels::depthwise::{self, Depthwise};

use super::{Fused, Run, Step};
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
}

impl Step for DepthwiseStep {
    fn inputs(&self) -> Vec<BufferId> {
        [Some(self.input), self.fused.residual].into_iter().flatten().collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn operations(&self) -> usize {
        2 * self.depthwise.window.positions() * self.kernel.len()
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        let channels = self.depthwise.window.input[2] * self.depthwise.multiplier;
        self.kernel.copy_from_slice(&self.fused.load(weights, channels));
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let residual = self.fused.residual;
        let ([x, beside], y) =
            arena.split(run.batch, [self.input, residual.unwrap_or(self.input)], self.output);
        let epilogue = self.fused.epilogue(residual.map(|_| beside));
        depthwise::forward(run.pool, &self.depthwise, run.batch, x, &self.kernel, &epilogue, y);
    }
}

//! Convolution in the fixed part, with everything fused.

use kernels::Pool;
use kernels::conv::{self, Conv, Filters};

use super::{Fused, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ConvStep {
    conv: Conv,
    input: BufferId,
    output: BufferId,
    fused: Fused,
    filters: Filters,
}

impl ConvStep {
    pub(crate) fn new(conv: Conv, input: BufferId, output: BufferId, fused: Fused) -> Self {
        Self { conv, input, output, fused, filters: Filters::new(&conv) }
    }
}

impl Step for ConvStep {
    fn inputs(&self) -> Vec<BufferId> {
        [Some(self.input), self.fused.residual].into_iter().flatten().collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn operations(&self) -> usize {
        2 * self.conv.window.positions() * self.fused.kernel.weights.len()
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        let kernel = self.fused.load(weights, self.conv.filters);
        self.filters.pack(pool, &kernel);
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let residual = self.fused.residual;
        let ([x, beside], y) =
            arena.split(run.batch, [self.input, residual.unwrap_or(self.input)], self.output);
        let epilogue = self.fused.epilogue(residual.map(|_| beside));
        conv::forward(run.pool, &self.conv, run.batch, x, &self.filters, &epilogue, y);
    }
}

//! Convolution: forward with everything fused, backward as two convolutions of the gradient.

use kernels::Pool;
use kernels::conv::{self, Conv, Filters, TransposedFilters};
use kernels::{columns, norm};

use super::{Edges, Fused, Gradients, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ConvStep {
    conv: Conv,
    input: BufferId,
    output: BufferId,
    fused: Fused,
    filters: Filters,
    /// Only where the input's gradient is wanted.
    transposed: Option<TransposedFilters>,
}

impl ConvStep {
    pub(crate) fn new(conv: Conv, input: BufferId, output: BufferId, fused: Fused, owes: Gradients) -> Self {
        let transposed = (owes == Gradients::ParametersAndInput).then(|| TransposedFilters::new(&conv));
        Self { conv, input, output, fused, filters: Filters::new(&conv), transposed }
    }
}

impl Step for ConvStep {
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
        2 * self.conv.window.positions() * self.fused.kernel.weights.len()
    }

    fn scratch(&self, batch: usize) -> usize {
        let rows = batch * self.conv.window.positions();
        conv::kernel_scratch(&self.conv, batch).max(norm::scratch(rows, self.conv.filters))
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        let kernel = self.fused.load(weights, self.conv.filters);
        self.filters.pack(pool, &kernel);
        if let Some(transposed) = &mut self.transposed {
            transposed.pack(pool, &kernel);
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let residual = self.fused.residual;
        let ([x, beside], y) =
            arena.split(run.batch, [self.input, residual.unwrap_or(self.input)], self.output);
        let epilogue = self.fused.epilogue(residual.map(|_| beside));
        conv::forward(run.pool, &self.conv, run.batch, x, &self.filters, &epilogue, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let x = arena.get(self.input, run.batch);
        let dy = arena.get(edges.output, run.batch);
        if let Some(range) = self.fused.kernel.gradient.clone() {
            conv::backward_kernel(run.pool, &self.conv, run.batch, x, dy, run.scratch, &mut gradients[range]);
        }
        if let Some(range) = self.fused.bias.as_ref().and_then(|bias| bias.gradient.clone()) {
            columns::sum(run.pool, self.conv.filters, dy, run.scratch, &mut gradients[range]);
        }
        if let (Some(transposed), Some((target, write))) = (&self.transposed, edges.input()) {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            conv::backward_input(run.pool, &self.conv, run.batch, dy, transposed, write, dx);
        }
    }
}

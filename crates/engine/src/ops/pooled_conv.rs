//! A trained convolution that only a max pool reads: of its output only the maxima and their places are kept.

use kernels::Pool;
use kernels::conv::Filters;
use kernels::pooled_conv::{self, Owed, PooledConv};

use super::{Edges, Fused, Gradients, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct PooledConvStep {
    pooled: PooledConv,
    input: BufferId,
    output: BufferId,
    places: BufferId,
    fused: Fused,
    filters: Filters,
    /// Empty where the input's gradient is not wanted.
    turned: Vec<f32>,
}

impl PooledConvStep {
    /// `places` is as large as `output`.
    pub(crate) fn new(
        pooled: PooledConv,
        input: BufferId,
        [output, places]: [BufferId; 2],
        fused: Fused,
        owes: Gradients,
    ) -> Self {
        let kernel = if owes == Gradients::ParametersAndInput { fused.kernel.weights.len() } else { 0 };
        let (filters, turned) = (Filters::new(pooled.conv()), vec![0.0; kernel]);
        Self { pooled, input, output, places, fused, filters, turned }
    }
}

impl Step for PooledConvStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn touched(&self) -> Vec<BufferId> {
        vec![self.input, self.output, self.places]
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.input, self.places]
    }

    fn operations(&self) -> usize {
        2 * self.pooled.conv().window.positions() * self.fused.kernel.weights.len()
    }

    /// Only the places of the maxima have a gradient.
    fn backward_operations(&self, edges: &Edges) -> usize {
        let patch = self.fused.kernel.weights.len() / self.pooled.conv().filters;
        self.fused.backward_operations(2 * self.pooled.output_len() * patch, edges)
    }

    fn scratch(&self, batch: usize) -> usize {
        self.pooled.scratch(batch)
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        let count = self.pooled.conv().filters;
        let kernel = self.fused.load(weights, count);
        self.filters.pack(pool, &kernel);
        if !self.turned.is_empty() {
            pooled_conv::turn(&kernel, count, &mut self.turned);
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let bias = self.fused.epilogue(None).bias;
        let [x, y, places] = arena.get_disjoint_mut(run.batch, [self.input, self.output, self.places]);
        let (pool, pooled, filters) = (run.pool, &self.pooled, &self.filters);
        pooled_conv::forward(pool, pooled, run.batch, x, filters, bias, run.scratch, y, places);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let Some(kernel) = self.fused.kernel.gradient.clone() else { return };
        let bias = self.fused.bias.as_ref().and_then(|bias| bias.gradient.clone());
        let Ok([kernel, bias]) = gradients.get_disjoint_mut([kernel, bias.unwrap_or(0..0)]) else {
            unreachable!("parameters do not share their gradients")
        };
        let bias = (!bias.is_empty()).then_some(bias);
        let (pool, pooled, batch) = (run.pool, &self.pooled, run.batch);
        let [x, dy, places] = [self.input, edges.output, self.places];
        if let (Some((target, write)), false) = (edges.input(), self.turned.is_empty()) {
            let ([x, dy, places], dx) = arena.split(batch, [x, dy, places], target);
            let owed = Owed { kernel, bias, input: Some((dx, write, &self.turned)) };
            pooled_conv::backward(pool, pooled, batch, x, dy, places, run.scratch, owed);
        } else {
            let [x, dy, places] = [x, dy, places].map(|id| arena.get(id, batch));
            let owed = Owed { kernel, bias, input: None };
            pooled_conv::backward(pool, pooled, batch, x, dy, places, run.scratch, owed);
        }
    }
}

//! An inverted residual in one pass: convolution, depthwise convolution and projection over strips of rows.

use kernels::Pool;
use kernels::conv::{Conv, Filters};
use kernels::depthwise::Depthwise;
use kernels::strips::{self, Around, Strips};

use super::{Fused, Run, Step};
use crate::arena::{Arena, BufferId};

/// A convolution before or after the depthwise one.
pub(crate) struct AroundLayer {
    conv: Conv,
    fused: Fused,
    filters: Filters,
}

impl AroundLayer {
    pub(crate) fn new(conv: Conv, fused: Fused) -> Self {
        Self { conv, fused, filters: Filters::new(&conv) }
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        let kernel = self.fused.load(weights, self.conv.filters);
        self.filters.pack(pool, &kernel);
    }

    fn around<'a>(&'a self, residual: Option<&'a [f32]>) -> Around<'a> {
        Around { filters: &self.filters, epilogue: self.fused.epilogue(residual) }
    }

    fn operations(&self) -> usize {
        2 * self.conv.window.positions() * self.fused.kernel.weights.len()
    }
}

/// Runs forward only: it is made for the fixed part.
pub(crate) struct StripsStep {
    expand: Option<AroundLayer>,
    depthwise: Depthwise,
    fused: Fused,
    kernel: Vec<f32>,
    project: Option<AroundLayer>,
    input: BufferId,
    output: BufferId,
}

impl StripsStep {
    pub(crate) fn new(
        expand: Option<AroundLayer>,
        (depthwise, fused): (Depthwise, Fused),
        project: Option<AroundLayer>,
        input: BufferId,
        output: BufferId,
    ) -> Self {
        let kernel = vec![0.0; fused.kernel.weights.len()];
        Self { expand, depthwise, fused, kernel, project, input, output }
    }

    fn residual(&self) -> Option<BufferId> {
        self.project.as_ref().map_or(self.fused.residual, |project| project.fused.residual)
    }
}

impl Step for StripsStep {
    fn inputs(&self) -> Vec<BufferId> {
        [Some(self.input), self.residual()].into_iter().flatten().collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn operations(&self) -> usize {
        let around = |layer: &Option<AroundLayer>| layer.as_ref().map_or(0, AroundLayer::operations);
        let depthwise = 2 * self.depthwise.window.positions() * self.kernel.len();
        around(&self.expand) + depthwise + around(&self.project)
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        self.expand.iter_mut().chain(&mut self.project).for_each(|layer| layer.load(pool, weights));
        let channels = self.depthwise.window.input[2];
        self.kernel.copy_from_slice(&self.fused.load(weights, channels));
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let residual = self.residual();
        let ([x, beside], y) =
            arena.split(run.batch, [self.input, residual.unwrap_or(self.input)], self.output);
        let beside = residual.map(|_| beside);
        let strips = Strips {
            expand: self.expand.as_ref().map(|layer| layer.around(None)),
            depthwise: &self.depthwise,
            kernel: &self.kernel,
            epilogue: self.fused.epilogue(if self.project.is_none() { beside } else { None }),
            project: self.project.as_ref().map(|layer| layer.around(beside)),
        };
        strips::forward(run.pool, &strips, run.batch, x, y);
    }
}

//! A depthwise convolution that learns, or that a gradient passes: only its output is kept, norms are applied where it
//! is read.

use kernels::Pool;
use kernels::activation::Activation;
use kernels::depthwise::{self, Depthwise};
use kernels::{columns, norm};

use super::activation::{go_through, kept_output};
use super::source::{Around, Source};
use super::{Edges, Fused, Run, Step};
use crate::arena::{Arena, BufferId};
use crate::norms::{Norm, NormId};

pub(crate) struct TrainedDepthwiseStep {
    depthwise: Depthwise,
    source: Source,
    output: BufferId,
    fused: Fused,
    /// The norm that reads the output.
    norm: Option<NormId>,
    /// `[kh, kw, C, multiplier]`
    kernel: Vec<f32>,
}

impl TrainedDepthwiseStep {
    pub(crate) fn new(depthwise: Depthwise, source: Source, output: BufferId, fused: Fused) -> Self {
        let kernel = vec![0.0; fused.kernel.weights.len()];
        Self { depthwise, source, output, fused, norm: None, kernel }
    }

    fn channels(&self) -> usize {
        self.depthwise.window.input[2] * self.depthwise.multiplier
    }
}

impl Step for TrainedDepthwiseStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.source.buffer]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        let own = self.norm.map(|_| self.output).or(kept_output(self.fused.activation, self.output));
        [Some(self.source.buffer), own].into_iter().flatten().collect()
    }

    fn take_norm(&mut self, norm: NormId) -> bool {
        let takes = self.fused.activation == Activation::Linear;
        if takes {
            self.norm = Some(norm);
        }
        takes
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        self.norm.is_none() && self.fused.take_activation(activation)
    }

    fn operations(&self) -> usize {
        2 * self.depthwise.window.positions() * self.kernel.len()
    }

    fn backward_operations(&self, edges: &Edges) -> usize {
        self.fused.backward_operations(self.operations(), edges)
    }

    fn scratch(&self, batch: usize) -> usize {
        let rows = batch * self.depthwise.window.positions();
        depthwise::kept_scratch(&self.depthwise, batch).max(norm::scratch(rows, self.channels()))
    }

    fn load(&mut self, _pool: &Pool, weights: &[f32]) {
        let channels = self.channels();
        self.kernel.copy_from_slice(&self.fused.load(weights, channels));
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.source.buffer], self.output);
        let epilogue = self.fused.epilogue(None);
        let mut behind = self.norm.map(|norm| run.norms.take(norm));
        let x = self.source.kept(x, run.norms);
        let moments = behind.as_mut().and_then(Norm::moments);
        let (pool, scratch) = (run.pool, &mut *run.scratch);
        let Self { depthwise, kernel, .. } = self;
        depthwise::forward_kept(pool, depthwise, run.batch, &x, kernel, &epilogue, scratch, y, moments);
        if let (Some(id), Some(mut norm)) = (self.norm, behind) {
            norm.settle(run.weights);
            run.norms.put(id, norm);
        }
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let (source, output, behind) = (self.source, self.output, self.norm);
        let positions = self.depthwise.window.positions();
        // First of all, because the bias's gradient is summed from what is behind the activation.
        go_through(self.fused.activation, run, arena, output, edges);
        let around = Around { source, output, activation: Activation::Linear, behind, positions, edges };
        let bias = self.fused.bias.as_ref().and_then(|bias| bias.gradient.clone());
        if let (Some(range), None) = (bias.clone(), behind) {
            let dy = arena.get(edges.output, run.batch);
            columns::sum(run.pool, self.channels(), dy, run.scratch, &mut gradients[range]);
        }
        around.backward(run, arena, gradients, |rest, x, upstream, downstream, gradients| {
            let dkernel = self.fused.kernel.gradient.clone().map(|range| &mut gradients[range]);
            let (pool, batch, scratch) = (rest.pool, rest.batch, &mut *rest.scratch);
            let Self { depthwise, kernel, .. } = self;
            depthwise::backward_kept(
                pool, depthwise, batch, x, upstream, kernel, scratch, dkernel, downstream,
            );
        });
        if let (Some(range), Some(behind)) = (bias, behind) {
            run.norms.get(behind).bias_gradient(&mut gradients[range]);
        }
    }
}

//! A convolution that learns, or that a gradient passes: only its output is kept, norms are applied where it is read.

use kernels::Pool;
use kernels::activation::Activation;
use kernels::conv::{self, Conv, Filters, Parameters, TransposedFilters};

use super::activation::kept_output;
use super::source::{Around, Source};
use super::{Edges, Fused, Gradients, Run, Step, Variable};
use crate::arena::{Arena, BufferId};
use crate::norms::{Norm, NormId};

pub(crate) struct TrainedConvStep {
    conv: Conv,
    source: Source,
    output: BufferId,
    fused: Fused,
    /// The norm that reads the output.
    norm: Option<NormId>,
    filters: Filters,
    /// Only where the input's gradient is wanted.
    transposed: Option<TransposedFilters>,
}

impl TrainedConvStep {
    pub(crate) fn new(conv: Conv, source: Source, output: BufferId, fused: Fused, owes: Gradients) -> Self {
        let transposed = (owes == Gradients::ParametersAndInput).then(|| TransposedFilters::new(&conv));
        Self { conv, source, output, fused, norm: None, filters: Filters::new(&conv), transposed }
    }
}

impl Step for TrainedConvStep {
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
        self.norm = Some(norm);
        true
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        self.norm.is_none() && self.fused.take_activation(activation)
    }

    fn operations(&self) -> usize {
        2 * self.conv.window.positions() * self.fused.kernel.weights.len()
    }

    fn backward_operations(&self, edges: &Edges) -> usize {
        self.fused.backward_operations(self.operations(), edges)
    }

    fn scratch(&self, batch: usize) -> usize {
        conv::kept_scratch(&self.conv, batch)
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        let kernel = self.fused.load(weights, self.conv.filters);
        self.filters.pack(pool, &kernel);
        if let Some(transposed) = &mut self.transposed {
            transposed.pack(pool, &kernel);
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.source.buffer], self.output);
        let epilogue = self.fused.epilogue(None);
        let mut behind = self.norm.map(|norm| run.norms.take(norm));
        let x = self.source.kept(x, run.norms);
        let moments = behind.as_mut().and_then(Norm::moments);
        let (pool, scratch) = (run.pool, &mut *run.scratch);
        conv::forward_kept(pool, &self.conv, run.batch, &x, &self.filters, &epilogue, scratch, y, moments);
        if let (Some(id), Some(mut norm)) = (self.norm, behind) {
            norm.settle(run.weights);
            run.norms.put(id, norm);
        }
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        let (source, output, behind) = (self.source, self.output, self.norm);
        let activation = self.fused.activation;
        let positions = self.conv.window.positions();
        let around = Around { source, output, activation, behind, positions, edges };
        // The norm knows the bias's gradient where nothing stands between the two.
        let norm_of_bias = behind.filter(|_| activation == Activation::Linear);
        let range = |variable: Option<&Variable>| variable.and_then(|v| v.gradient.clone());
        let (kernel, bias) = (range(Some(&self.fused.kernel)), range(self.fused.bias.as_ref()));
        around.backward(run, arena, gradients, |rest, x, upstream, downstream, gradients| {
            let (transposed, scratch) = (self.transposed.as_ref(), &mut *rest.scratch);
            // Keras's order: a layer's bias follows its kernel.
            let after = kernel.as_ref().map_or(0, |range| range.end);
            let (before, after_kernel) = gradients.split_at_mut(after);
            let parameters = Parameters {
                kernel: kernel.map(|range| &mut before[range]),
                bias: match (&bias, norm_of_bias) {
                    (Some(range), None) => Some(&mut after_kernel[range.start - after..range.end - after]),
                    _ => None,
                },
            };
            let (pool, batch) = (rest.pool, rest.batch);
            conv::backward_kept(
                pool, &self.conv, batch, x, upstream, transposed, scratch, parameters, downstream,
            );
        });
        if let (Some(range), Some(behind)) = (bias, norm_of_bias) {
            run.norms.get(behind).bias_gradient(&mut gradients[range]);
        }
    }
}

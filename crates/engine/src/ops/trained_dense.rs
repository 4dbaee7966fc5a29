//! Dense while it is trained, on one row a picture: the kernel changes at every step, so it is never laid out anew.

use kernels::activation::{self, Activation};
use kernels::gemm::{self, Packed};
use kernels::{columns, norm};

use super::activation::{go_through, kept_output};
use super::{Edges, Fused, Run, Step};
use crate::arena::{Arena, BufferId};

/// With fewer units the rows are larger than the kernel.
const LEAST_UNITS: usize = 64;

pub(crate) struct TrainedDenseStep {
    inputs: usize,
    units: usize,
    input: BufferId,
    output: BufferId,
    fused: Fused,
    /// Room for the backward.
    packed: Packed,
}

impl TrainedDenseStep {
    /// Whether it is the better way for a dense layer of rows a picture, inputs and units.
    pub(crate) fn pays([rows, _, units]: [usize; 3]) -> bool {
        rows == 1 && units >= LEAST_UNITS
    }

    pub(crate) fn new(
        [_, inputs, units]: [usize; 3],
        input: BufferId,
        output: BufferId,
        fused: Fused,
    ) -> Self {
        Self { inputs, units, input, output, fused, packed: Packed::new(units, 0) }
    }
}

impl Step for TrainedDenseStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        let own = kept_output(self.fused.activation, self.output);
        [Some(self.input), own].into_iter().flatten().collect()
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        self.fused.take_activation(activation)
    }

    fn operations(&self) -> usize {
        2 * self.inputs * self.units
    }

    fn backward_operations(&self, edges: &Edges) -> usize {
        self.fused.backward_operations(self.operations(), edges)
    }

    fn scratch(&self, batch: usize) -> usize {
        gemm::few_rows_scratch(batch, self.inputs, self.units)
            .max(gemm::transposed_scratch(batch, self.inputs, self.units))
            .max(norm::scratch(batch, self.units))
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let kernel = &run.weights[self.fused.kernel.weights.clone()];
        let bias = self.fused.bias.as_ref().map(|bias| &run.weights[bias.weights.clone()]);
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        gemm::multiply_few_rows(run.pool, run.batch, x, kernel, bias, run.scratch, y);
        activation::forward_in_place(run.pool, self.fused.activation, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        go_through(self.fused.activation, run, arena, self.output, edges);
        let (rows, inputs, units) = (run.batch, self.inputs, self.units);
        let [x, dy] = [self.input, edges.output].map(|id| arena.get(id, run.batch));
        if let Some(range) = self.fused.kernel.gradient.clone() {
            let target = &mut gradients[range];
            gemm::multiply_transposed(run.pool, rows, inputs, units, x, dy, run.scratch, target);
        }
        if let Some(range) = self.fused.bias.as_ref().and_then(|bias| bias.gradient.clone()) {
            columns::sum(run.pool, units, dy, run.scratch, &mut gradients[range]);
        }
        if let Some((target, write)) = edges.input() {
            let kernel = &run.weights[self.fused.kernel.weights.clone()];
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            let (packed, scratch) = (&mut self.packed, &mut *run.scratch);
            gemm::multiply_few_rows_back(run.pool, rows, dy, kernel, packed, scratch, write, dx);
        }
    }
}

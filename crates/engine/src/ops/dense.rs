//! Dense: `y = epilogue(x · W)`, `dW = xᵀ · dy`, `dx = dy · Wᵀ`.

use kernels::Pool;
use kernels::activation::Activation;
use kernels::gemm::{self, Packed};
use kernels::{Epilogue, columns, norm};

use super::activation::{go_through, kept_output};
use super::{Edges, Fused, Gradients, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct DenseStep {
    /// Rows of one picture: 1, or the positions of a feature map.
    rows: usize,
    inputs: usize,
    units: usize,
    input: BufferId,
    output: BufferId,
    fused: Fused,
    kernel: Packed,
    /// Only where the input's gradient is wanted.
    transposed: Option<Packed>,
}

impl DenseStep {
    /// `shape` is rows a picture, inputs and units.
    pub(crate) fn new(
        shape: [usize; 3],
        input: BufferId,
        output: BufferId,
        fused: Fused,
        owes: Gradients,
    ) -> Self {
        let [rows, inputs, units] = shape;
        let transposed = (owes == Gradients::ParametersAndInput).then(|| Packed::new(units, inputs));
        Self { rows, inputs, units, input, output, fused, kernel: Packed::new(inputs, units), transposed }
    }
}

impl Step for DenseStep {
    fn inputs(&self) -> Vec<BufferId> {
        [Some(self.input), self.fused.residual].into_iter().flatten().collect()
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
        2 * self.rows * self.inputs * self.units
    }

    fn backward_operations(&self, edges: &Edges) -> usize {
        self.fused.backward_operations(self.operations(), edges)
    }

    fn scratch(&self, batch: usize) -> usize {
        let rows = batch * self.rows;
        gemm::transposed_scratch(rows, self.inputs, self.units).max(norm::scratch(rows, self.units))
    }

    fn load(&mut self, pool: &Pool, weights: &[f32]) {
        let kernel = self.fused.load(weights, self.units);
        self.kernel.pack(pool, &kernel);
        if let Some(transposed) = &mut self.transposed {
            transposed.pack_transposed(pool, &kernel);
        }
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let residual = self.fused.residual;
        let ([x, beside], y) =
            arena.split(run.batch, [self.input, residual.unwrap_or(self.input)], self.output);
        let epilogue = self.fused.epilogue(residual.map(|_| beside));
        gemm::multiply(run.pool, run.batch * self.rows, x, &self.kernel, &epilogue, kernels::Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, gradients: &mut [f32]) {
        go_through(self.fused.activation, run, arena, self.output, edges);
        let rows = run.batch * self.rows;
        let x = arena.get(self.input, run.batch);
        let dy = arena.get(edges.output, run.batch);
        if let Some(range) = self.fused.kernel.gradient.clone() {
            let target = &mut gradients[range];
            gemm::multiply_transposed(run.pool, rows, self.inputs, self.units, x, dy, run.scratch, target);
        }
        if let Some(range) = self.fused.bias.as_ref().and_then(|bias| bias.gradient.clone()) {
            columns::sum(run.pool, self.units, dy, run.scratch, &mut gradients[range]);
        }
        if let (Some(transposed), Some((target, write))) = (&self.transposed, edges.input()) {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            gemm::multiply(run.pool, rows, dy, transposed, &Epilogue::default(), write, dx);
        }
    }
}

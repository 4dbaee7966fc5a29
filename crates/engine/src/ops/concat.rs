//! Tensors side by side along the last axis.

use kernels::elementwise;

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ConcatStep {
    /// Each input with its channels.
    pub(crate) inputs: Vec<(BufferId, usize)>,
    pub(crate) output: BufferId,
    pub(crate) channels: usize,
}

impl Step for ConcatStep {
    fn inputs(&self) -> Vec<BufferId> {
        self.inputs.iter().map(|(input, _)| *input).collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let mut at = 0;
        for &(input, channels) in &self.inputs {
            let ([x], y) = arena.split(run.batch, [input], self.output);
            elementwise::insert_columns(run.pool, x, channels, y, self.channels, at);
            at += channels;
        }
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let mut at = 0;
        for (&(_, channels), edge) in self.inputs.iter().zip(&edges.inputs) {
            if let &Some((target, write)) = edge {
                let ([dy], dx) = arena.split(run.batch, [edges.output], target);
                elementwise::extract_columns(run.pool, dy, self.channels, at, write, dx, channels);
            }
            at += channels;
        }
    }
}

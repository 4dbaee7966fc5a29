//! Dropout (Srivastava et al. 2014), inverted: what is kept is divided by the share that is kept.

use kernels::{Write, elementwise};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct DropoutStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    /// What each value was multiplied with: 0 or `1 / (1 − rate)`.
    pub(crate) mask: BufferId,
    pub(crate) rate: f32,
    /// Which dropout of the model this is, so that two of them differ.
    pub(crate) layer: u64,
}

impl Step for DropoutStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn touched(&self) -> Vec<BufferId> {
        vec![self.input, self.mask, self.output]
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.mask]
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let mut random = ChaCha8Rng::seed_from_u64(run.seed ^ self.layer.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.set_stream(run.random_stream);
        let kept = 1.0 / (1.0 - self.rate);
        let threshold = (f64::from(self.rate) * (1u64 << 32) as f64) as u64;
        for value in arena.get_mut(self.mask, run.batch) {
            *value = if u64::from(random.next_u32()) < threshold { 0.0 } else { kept };
        }
        let ([x, mask], y) = arena.split(run.batch, [self.input, self.mask], self.output);
        elementwise::multiply(run.pool, x, mask, Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.input() {
            let ([dy, mask], dx) = arena.split(run.batch, [edges.output, self.mask], target);
            elementwise::multiply(run.pool, dy, mask, write, dx);
        }
    }
}

//! Dropout of single values (Srivastava et al. 2014) or of whole pictures (stochastic depth, Huang et al. 2016),
//! inverted: what is kept is divided by the share that is kept.

use kernels::channel_scale::{self, Factors};
use kernels::{Write, elementwise};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct DropoutStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    /// What each value, or each picture, was multiplied with: 0 or `1 / (1 − rate)`.
    pub(crate) mask: BufferId,
    /// Values that share one of the mask's: 1, or all of a picture.
    pub(crate) shared: usize,
    pub(crate) rate: f32,
    /// Which dropout of the model this is, so that two of them differ.
    pub(crate) layer: u64,
}

impl DropoutStep {
    /// `y = x * mask`, or `y += x * mask`.
    fn apply(&self, run: &Run, x: &[f32], mask: &[f32], write: Write, y: &mut [f32]) {
        if self.shared == 1 {
            return elementwise::multiply(run.pool, x, mask, write, y);
        }
        let factors = Factors { values: mask, channels: 1, rows: self.shared };
        channel_scale::multiply(run.pool, x, &factors, write, y);
    }
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
        self.apply(run, x, mask, Write::Set, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if let Some((target, write)) = edges.input() {
            let ([dy, mask], dx) = arena.split(run.batch, [edges.output, self.mask], target);
            self.apply(run, dy, mask, write, dx);
        }
    }
}

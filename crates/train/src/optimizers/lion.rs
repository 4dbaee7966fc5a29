//! Lion (Chen et al. 2023): `w -= rate sign(β₁ m + (1 - β₁) g)`, then `m = β₂ m + (1 - β₂) g`.

use engine::Pool;
use engine::optimizers::{self as rules, Step};

use super::state::{Buffer, moments};
use super::{Method, check_share};
use crate::Result;
use crate::error::expected;
use crate::settings::settings;

settings! {
    /// Lion's settings. Its authors use a third to a tenth of AdamW's step size, and as much more weight decay.
    #[derive(Copy)]
    Lion {
        /// The share of the past in the direction of a step.
        beta_1: f64 = 0.9,
        /// How slowly the mean of the gradients follows.
        beta_2: f64 = 0.99,
    }
}

impl Method for Lion {
    fn check(&self) -> Result<()> {
        if !(self.beta_1 > 0.0 && self.beta_1 <= 1.0) {
            return Err(expected("lion's beta_1", "more than 0 and at most 1", self.beta_1));
        }
        check_share("lion's beta_2", self.beta_2)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        vec![Buffer::zeros("momentum", gradients)]
    }

    fn step(&self, _number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let (beta_1, beta_2) = (self.beta_1 as f32, self.beta_2 as f32);
        rules::Lion { rate, beta_1, beta_2 }.step(pool, step, moments(buffers));
    }
}

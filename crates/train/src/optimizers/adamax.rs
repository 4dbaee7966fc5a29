//! AdaMax (Kingma & Ba 2015, section 7.1): `m += (1 - β₁)(g - m)`, `u = max(β₂ u, |g|)`,
//! `w -= rate m / ((1 - β₁ᵗ)(u + ε))`.

use engine::Pool;
use engine::optimizers::{self as rules, Step};

use super::state::{Buffer, moments};
use super::{Method, bias, check_epsilon, check_share};
use crate::Result;
use crate::settings::settings;

settings! {
    /// AdaMax's settings.
    #[derive(Copy)]
    Adamax {
        /// How slowly the mean of the gradients follows.
        beta_1: f64 = 0.9,
        /// How slowly their largest size is forgotten.
        beta_2: f64 = 0.999,
        /// Keeps the division finite.
        epsilon: f64 = 1e-7,
    }
}

impl Method for Adamax {
    fn check(&self) -> Result<()> {
        check_share("adamax's beta_1", self.beta_1)?;
        check_share("adamax's beta_2", self.beta_2)?;
        check_epsilon("adamax's epsilon", self.epsilon)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        ["momentum", "norm"].map(|name| Buffer::zeros(name, gradients)).into()
    }

    fn step(&self, number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let rule = rules::Adamax {
            rate: rate / bias(self.beta_1, number),
            new_mean: (1.0 - self.beta_1) as f32,
            old_norm: self.beta_2 as f32,
            epsilon: self.epsilon as f32,
        };
        rule.step(pool, step, moments(buffers));
    }
}

//! Adam (Kingma & Ba 2015), in the form and with the epsilon of Keras:
//! `m += (1 - β₁)(g - m)`, `v += (1 - β₂)(g² - v)`, `w -= α m / (√v + ε)` with `α = rate √(1 - β₂ᵗ) / (1 - β₁ᵗ)`;
//! AMSGrad (Reddi et al. 2018) divides by the largest `v` so far.

use engine::Pool;
use engine::optimizers::{self as rules, AmsGrad, Step};

use super::state::{Buffer, moments};
use super::{Method, bias, check_epsilon, check_share};
use crate::Result;
use crate::settings::settings;

settings! {
    /// Adam's settings.
    #[derive(Copy)]
    Adam {
        /// How slowly the mean of the gradients follows.
        beta_1: f64 = 0.9,
        /// How slowly the mean of their squares follows.
        beta_2: f64 = 0.999,
        /// Keeps the division finite.
        epsilon: f64 = 1e-7,
        /// Whether steps never grow again: AMSGrad.
        amsgrad: bool = false,
    }
}

impl Adam {
    /// As [`Method::check`], with `name` in its messages.
    pub(super) fn check_as(&self, name: &str) -> Result<()> {
        check_share(&format!("{name}'s beta_1"), self.beta_1)?;
        check_share(&format!("{name}'s beta_2"), self.beta_2)?;
        check_epsilon(&format!("{name}'s epsilon"), self.epsilon)
    }
}

impl Method for Adam {
    fn check(&self) -> Result<()> {
        self.check_as("adam")
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        let names = ["momentum", "velocity"].into_iter().chain(self.amsgrad.then_some("velocity_hat"));
        names.map(|name| Buffer::zeros(name, gradients)).collect()
    }

    fn step(&self, number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let Self { beta_1, beta_2, epsilon, amsgrad } = *self;
        let rule = rules::Adam {
            rate: rate * bias(beta_2, number).sqrt() / bias(beta_1, number),
            new_mean: (1.0 - beta_1) as f32,
            new_square: (1.0 - beta_2) as f32,
            epsilon: epsilon as f32,
        };
        match amsgrad {
            false => rule.step(pool, step, moments(buffers)),
            true => AmsGrad(rule).step(pool, step, moments(buffers)),
        }
    }
}

//! Adadelta (Zeiler 2012): `a = ρ a + (1 - ρ) g²`, `d = -g √(b + ε) / √(a + ε)`, `b = ρ b + (1 - ρ) d²`,
//! `w += rate d`.

use engine::Pool;
use engine::optimizers::{self as rules, Step};

use super::state::{Buffer, moments};
use super::{Method, check_epsilon, check_share};
use crate::Result;
use crate::settings::settings;

settings! {
    /// Adadelta's settings. With Keras's default step size it moves slowly; the paper's is 1.
    #[derive(Copy)]
    Adadelta {
        /// How slowly the mean squares follow.
        rho: f64 = 0.95,
        /// Keeps the division finite, and lets the first step be one.
        epsilon: f64 = 1e-7,
    }
}

impl Method for Adadelta {
    fn check(&self) -> Result<()> {
        check_share("adadelta's rho", self.rho)?;
        check_epsilon("adadelta's epsilon", self.epsilon)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        ["accumulated_grad", "accumulated_delta_var"].map(|name| Buffer::zeros(name, gradients)).into()
    }

    fn step(&self, _number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let (old, new) = (self.rho as f32, (1.0 - self.rho) as f32);
        rules::Adadelta { rate, old, new, epsilon: self.epsilon as f32 }.step(pool, step, moments(buffers));
    }
}

//! Adagrad (Duchi et al. 2011), with Keras's epsilon: `a += g²`, `w -= rate g / √(a + ε)`.

use engine::Pool;
use engine::optimizers::{self as rules, Step};

use super::state::{Buffer, moments};
use super::{Method, check_epsilon};
use crate::Result;
use crate::error::expected;
use crate::settings::settings;

settings! {
    /// Adagrad's settings.
    #[derive(Copy)]
    Adagrad {
        /// Where the sums of squares start.
        initial_accumulator_value: f64 = 0.1,
        /// Keeps the division finite.
        epsilon: f64 = 1e-7,
    }
}

impl Method for Adagrad {
    fn check(&self) -> Result<()> {
        let start = self.initial_accumulator_value;
        if !(start >= 0.0 && start.is_finite()) {
            return Err(expected("adagrad's initial_accumulator_value", "0 or more", start));
        }
        check_epsilon("adagrad's epsilon", self.epsilon)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        vec![Buffer::filled("accumulator", gradients, self.initial_accumulator_value as f32)]
    }

    fn step(&self, _number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        rules::Adagrad { rate, epsilon: self.epsilon as f32 }.step(pool, step, moments(buffers));
    }
}

//! RMSprop (Hinton 2012, lecture 6): `v = ρ v + (1 - ρ) g²`, `d = rate g / √(v + ε)`, `w -= d`; with momentum
//! `m = μ m + d`, `w -= m`; centred by `√(v - a² + ε)` with the mean gradient `a`.

use engine::Pool;
use engine::optimizers::{self as rules, Centered, CenteredMomentum, RmsPropMomentum, Step};

use super::state::{Buffer, moments};
use super::{Method, check_epsilon, check_share};
use crate::Result;
use crate::settings::settings;

settings! {
    /// RMSprop's settings.
    #[derive(Copy)]
    RmsProp {
        /// How slowly the mean square follows.
        rho: f64 = 0.9,
        /// The share of the last step that is taken again.
        momentum: f64 = 0.0,
        /// Keeps the division finite.
        epsilon: f64 = 1e-7,
        /// Whether the mean gradient is taken from the mean square, which leaves the variance.
        centered: bool = false,
    }
}

impl Method for RmsProp {
    fn check(&self) -> Result<()> {
        check_share("rmsprop's rho", self.rho)?;
        check_share("rmsprop's momentum", self.momentum)?;
        check_epsilon("rmsprop's epsilon", self.epsilon)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        let momentum = (self.momentum > 0.0).then_some("momentum");
        let mean = self.centered.then_some("average_gradient");
        let names = std::iter::once("velocity").chain(momentum).chain(mean);
        names.map(|name| Buffer::zeros(name, gradients)).collect()
    }

    fn step(&self, _number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let rule = rules::RmsProp {
            rate,
            old: self.rho as f32,
            new: (1.0 - self.rho) as f32,
            momentum: self.momentum as f32,
            epsilon: self.epsilon as f32,
        };
        match (self.centered, self.momentum > 0.0) {
            (false, false) => rule.step(pool, step, moments(buffers)),
            (false, true) => RmsPropMomentum(rule).step(pool, step, moments(buffers)),
            (true, false) => Centered(rule).step(pool, step, moments(buffers)),
            (true, true) => CenteredMomentum(rule).step(pool, step, moments(buffers)),
        }
    }
}

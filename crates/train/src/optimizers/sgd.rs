//! Gradient descent with momentum: `m = μ m - rate g`, `w += m`; Nesterov's form: `w += μ m - rate g`.

use engine::Pool;
use engine::optimizers::{self as rules, Momentum, Nesterov, Step};

use super::state::{Buffer, moments};
use super::{Method, check_share};
use crate::Result;
use crate::settings::settings;

settings! {
    /// SGD's settings.
    #[derive(Copy)]
    Sgd {
        /// The share of the last step that is taken again.
        momentum: f64 = 0.0,
        /// Whether the gradient is thought to be taken where the momentum will carry the weights (Nesterov 1983).
        nesterov: bool = false,
    }
}

impl Method for Sgd {
    fn learning_rate(&self) -> f64 {
        0.01
    }

    fn check(&self) -> Result<()> {
        check_share("sgd's momentum", self.momentum)
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        match self.momentum > 0.0 {
            true => vec![Buffer::zeros("momentum", gradients)],
            false => Vec::new(),
        }
    }

    fn step(&self, _number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        let rule = Momentum { rate, momentum: self.momentum as f32 };
        match (self.momentum > 0.0, self.nesterov) {
            (false, _) => rules::Sgd { rate }.step(pool, step, []),
            (true, false) => rule.step(pool, step, moments(buffers)),
            (true, true) => Nesterov(rule).step(pool, step, moments(buffers)),
        }
    }
}

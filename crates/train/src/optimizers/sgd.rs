//! Gradient descent with momentum: `m = μ m - rate g`, `w += m`; Nesterov's form: `w += μ m - rate g`.

use engine::Update;
use engine::optimizers::{self as rules, Form, Momentum};

use super::{Optimizer, check_share, of_slot};
use crate::Result;

/// SGD's settings.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sgd {
    /// The share of the last step that is taken again.
    pub momentum: f64,
    /// Whether the gradient is thought to be taken where the momentum will carry the weights (Nesterov 1983).
    pub nesterov: bool,
}

impl Sgd {
    pub(super) fn build(self, gradients: usize) -> Result<Box<dyn Optimizer>> {
        check_share("sgd's momentum", self.momentum)?;
        if self.momentum == 0.0 {
            return Ok(Box::new(Plain));
        }
        Ok(Box::new(Running { settings: self, velocity: vec![0.0; gradients] }))
    }
}

/// Without momentum there is nothing to remember.
struct Plain;

impl Optimizer for Plain {
    fn step(&mut self, learning_rate: f32, update: Update<'_>) {
        for slot in update.slots {
            let (weights, gradients) = of_slot(slot, update.weights, update.gradients);
            rules::Sgd { rate: learning_rate }.step(update.pool, weights, gradients);
        }
    }
}

struct Running {
    settings: Sgd,
    velocity: Vec<f32>,
}

impl Optimizer for Running {
    fn step(&mut self, learning_rate: f32, update: Update<'_>) {
        let Sgd { momentum, nesterov } = self.settings;
        let form = if nesterov { Form::Nesterov } else { Form::Classic };
        let rule = Momentum { rate: learning_rate, momentum: momentum as f32, form };
        for slot in update.slots {
            let (weights, gradients) = of_slot(slot, update.weights, update.gradients);
            rule.step(update.pool, weights, gradients, &mut self.velocity[slot.gradients.clone()]);
        }
    }
}

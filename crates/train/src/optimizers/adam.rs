//! Adam (Kingma & Ba 2015), in the form and with the epsilon of Keras:
//! `m += (1 - β₁)(g - m)`, `v += (1 - β₂)(g² - v)`, `w -= α m / (√v + ε)` with `α = rate √(1 - β₂ᵗ) / (1 - β₁ᵗ)`.

use engine::{Update, optimizers as rules};

use super::{Optimizer, check_share, of_slot};
use crate::{Error, Result};

/// Adam's settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// How slowly the mean of the gradients follows.
    pub beta_1: f64,
    /// How slowly the mean of their squares follows.
    pub beta_2: f64,
    /// Keeps the division finite.
    pub epsilon: f64,
}

impl Default for Adam {
    /// Keras's defaults.
    fn default() -> Self {
        Self { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

impl Adam {
    pub(super) fn build(self, gradients: usize) -> Result<Box<dyn Optimizer>> {
        check_share("adam's beta_1", self.beta_1)?;
        check_share("adam's beta_2", self.beta_2)?;
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(Error::setting(format!("adam's epsilon: expected more than 0, received {}", self.epsilon)));
        }
        let zeros = || vec![0.0; gradients];
        Ok(Box::new(Running { settings: self, steps: 0, mean: zeros(), square: zeros() }))
    }
}

struct Running {
    settings: Adam,
    steps: i32,
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Optimizer for Running {
    fn step(&mut self, learning_rate: f32, update: Update<'_>) {
        let Adam { beta_1, beta_2, epsilon } = self.settings;
        self.steps = self.steps.saturating_add(1);
        // In float32, as Keras does it: its rounding is a hundred-thousandth of the step and would show.
        let bias = |beta: f64| 1.0 - (beta as f32).powi(self.steps);
        let rule = rules::Adam {
            rate: learning_rate * bias(beta_2).sqrt() / bias(beta_1),
            new_mean: (1.0 - beta_1) as f32,
            new_square: (1.0 - beta_2) as f32,
            epsilon: epsilon as f32,
        };
        for slot in update.slots {
            let (weights, gradients) = of_slot(slot, update.weights, update.gradients);
            let mean = &mut self.mean[slot.gradients.clone()];
            let square = &mut self.square[slot.gradients.clone()];
            rule.step(update.pool, weights, gradients, mean, square);
        }
    }
}

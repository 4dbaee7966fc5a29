//! Gradient descent with momentum: `m = μ m - rate g`, `w += m`; Nesterov's form: `w += μ m - rate g`.

use engine::Update;

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
        Ok(Box::new(Running { settings: self, velocity: vec![0.0; gradients] }))
    }
}

struct Running {
    settings: Sgd,
    velocity: Vec<f32>,
}

impl Optimizer for Running {
    fn step(&mut self, learning_rate: f32, update: Update<'_>) {
        let Sgd { momentum, nesterov } = self.settings;
        let momentum = momentum as f32;
        for slot in update.slots {
            let (weights, gradients) = of_slot(slot, update.weights, update.gradients);
            let velocity = &mut self.velocity[slot.gradients.clone()];
            for ((w, &g), m) in weights.iter_mut().zip(gradients).zip(velocity) {
                let step = g * learning_rate;
                *m = *m * momentum - step;
                *w += if nesterov { *m * momentum - step } else { *m };
            }
        }
    }
}

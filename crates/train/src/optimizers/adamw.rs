//! Adam with decoupled weight decay (Loshchilov & Hutter 2019): [`super::Adam`] after `w -= rate λ w`.

use engine::Pool;
use engine::optimizers::Step;

use super::state::Buffer;
use super::{Adam, Method};
use crate::Result;
use crate::settings::Settings;

/// Adam's settings; weight decay is set beside them and is Keras's 0.004 by default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AdamW(pub Adam);

impl Settings for AdamW {
    fn names(&self) -> &'static [&'static str] {
        self.0.names()
    }

    fn set(&mut self, name: &str, text: Option<&str>) -> Option<Result<()>> {
        self.0.set(name, text)
    }

    fn words(&self) -> Vec<String> {
        self.0.words()
    }

    fn values(&self) -> Vec<(&'static str, String)> {
        self.0.values()
    }
}

impl Method for AdamW {
    fn weight_decay(&self) -> f64 {
        0.004
    }

    fn check(&self) -> Result<()> {
        self.0.check_as("adamw")
    }

    fn buffers(&self, gradients: usize) -> Vec<Buffer> {
        self.0.buffers(gradients)
    }

    fn step(&self, number: u64, rate: f32, buffers: &mut [Buffer], pool: &Pool, step: Step<'_>) {
        self.0.step(number, rate, buffers, pool, step);
    }
}

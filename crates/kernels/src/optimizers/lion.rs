//! Lion (Chen et al. 2023): `w -= rate · sign(β₁ m + (1 - β₁) g)`, then `m = β₂ m + (1 - β₂) g`.

use super::{Rule, Stepped, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of Lion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lion {
    /// The size of each weight's step.
    pub rate: f32,
    /// `β₁`, for the step's direction.
    pub beta_1: f32,
    /// `β₂`, for the moment.
    pub beta_2: f32,
}

impl Rule<1> for Lion {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, [mean]: [f32; 1]) -> Stepped<1> {
        let blend = |beta: f32| F::multiply_add(mean, beta, gradient * (1.0 - beta));
        (F::multiply_add(sign(blend(self.beta_1)), -(self.rate * factor), weight), [blend(self.beta_2)])
    }
}

/// 1, -1, 0 for zero and NaN for NaN.
#[inline(always)]
fn sign(value: f32) -> f32 {
    let positive = if value > 0.0 { 1.0 } else { value };
    if value < 0.0 { -1.0 } else { positive }
}

step_with!(1 Lion);

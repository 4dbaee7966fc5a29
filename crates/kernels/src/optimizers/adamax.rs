//! AdaMax (Kingma & Ba 2015, section 7.1): `m += (1 - β₁)(g - m)`, `u = max(β₂ u, |g|)`, `w -= rate · m / (u + ε)`.

use super::{Rule, Stepped, larger, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of AdaMax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adamax {
    /// The step size, the correction of the mean's bias included.
    pub rate: f32,
    /// `1 - β₁`
    pub new_mean: f32,
    /// `β₂`
    pub old_norm: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

impl Rule<2> for Adamax {
    #[inline(always)]
    fn step<F: Arithmetic>(
        &self,
        factor: f32,
        weight: f32,
        gradient: f32,
        [mean, norm]: [f32; 2],
    ) -> Stepped<2> {
        let mean = F::multiply_add(gradient - mean, self.new_mean, mean);
        let norm = larger(norm * self.old_norm, gradient.abs());
        (weight - mean * (self.rate * factor) / (norm + self.epsilon), [mean, norm])
    }
}

step_with!(2 Adamax);

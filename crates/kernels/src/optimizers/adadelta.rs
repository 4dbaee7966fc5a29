//! Adadelta (Zeiler 2012): `a = ρ a + (1 - ρ) g²`, `d = -g √(b + ε) / √(a + ε)`, `b = ρ b + (1 - ρ) d²`,
//! `w += rate · d`.

use super::{Rule, Stepped, TINY_ROOT, or_zero, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of Adadelta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adadelta {
    /// The step size; the paper has none, which is 1.
    pub rate: f32,
    /// `ρ`
    pub old: f32,
    /// `1 - ρ`
    pub new: f32,
    /// Keeps the division finite, and lets the first step be one.
    pub epsilon: f32,
}

impl Rule<2> for Adadelta {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 2]) -> Stepped<2> {
        let square = |mean: f32, value: f32| {
            let root = or_zero(value, TINY_ROOT);
            F::multiply_add(mean, self.old, root * root * self.new)
        };
        let [gradients, steps] = moments;
        let gradients = square(gradients, gradient);
        let step = -(gradient * (steps + self.epsilon).sqrt() / (gradients + self.epsilon).sqrt());
        (F::multiply_add(step, self.rate * factor, weight), [gradients, square(steps, step)])
    }
}

step_with!(2 Adadelta);

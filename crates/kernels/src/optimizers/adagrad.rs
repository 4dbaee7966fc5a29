//! Adagrad (Duchi et al. 2011), with Keras's epsilon: `a += g²`, `w -= rate · g / √(a + ε)`.

use super::{Rule, Stepped, TINY_ROOT, or_zero, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of Adagrad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adagrad {
    /// The step size.
    pub rate: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

impl Rule<1> for Adagrad {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, [sum]: [f32; 1]) -> Stepped<1> {
        let root = or_zero(gradient, TINY_ROOT);
        let sum = F::multiply_add(root, root, sum);
        (weight - gradient * (self.rate * factor) / (sum + self.epsilon).sqrt(), [sum])
    }
}

step_with!(1 Adagrad);

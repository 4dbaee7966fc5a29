//! Nadam (Dozat 2016): Adam's moments, and the step `w -= rate · (a m + b g) / (√(c v) + ε)`.

use super::{Rule, Stepped, TINY_ROOT, or_zero, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of Nadam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nadam {
    /// The step size.
    pub rate: f32,
    /// `1 - β₁`
    pub new_mean: f32,
    /// `1 - β₂`
    pub new_square: f32,
    /// The mean's weight in the step, `a`.
    pub mean_weight: f32,
    /// The gradient's weight in the step, `b`.
    pub gradient_weight: f32,
    /// The correction of the mean square's bias, `c`.
    pub square_weight: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

impl Rule<2> for Nadam {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 2]) -> Stepped<2> {
        let [mean, square] = moments;
        let root = or_zero(gradient, TINY_ROOT);
        let mean = F::multiply_add(gradient - mean, self.new_mean, mean);
        let square = F::multiply_add(F::multiply_add(root, root, -square), self.new_square, square);
        let direction = F::multiply_add(mean, self.mean_weight, gradient * self.gradient_weight);
        let size = (square * self.square_weight).sqrt() + self.epsilon;
        (weight - direction * (self.rate * factor) / size, [mean, square])
    }
}

step_with!(2 Nadam);

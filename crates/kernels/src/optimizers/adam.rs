//! Adam (Kingma & Ba 2015), with Keras's epsilon:
//! `m += (1 - β₁)(g - m)`, `v += (1 - β₂)(g² - v)`, `w -= rate · m / (√v + ε)`; AMSGrad (Reddi et al. 2018) divides by
//! the largest `v` so far.

use super::{Rule, Stepped, TINY_ROOT, larger, or_zero, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of Adam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// The step size, the correction of the moments' bias included.
    pub rate: f32,
    /// `1 - β₁`
    pub new_mean: f32,
    /// `1 - β₂`
    pub new_square: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

/// As [`Adam`], with the largest mean square so far as its third moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmsGrad(pub Adam);

impl Adam {
    /// The moments with this gradient.
    #[inline(always)]
    fn moments<F: Arithmetic>(&self, gradient: f32, mean: f32, square: f32) -> (f32, f32) {
        let root = or_zero(gradient, TINY_ROOT);
        let mean = F::multiply_add(gradient - mean, self.new_mean, mean);
        (mean, F::multiply_add(F::multiply_add(root, root, -square), self.new_square, square))
    }
}

impl Rule<2> for Adam {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 2]) -> Stepped<2> {
        let (mean, square) = self.moments::<F>(gradient, moments[0], moments[1]);
        (weight - mean * (self.rate * factor) / (square.sqrt() + self.epsilon), [mean, square])
    }
}

impl Rule<3> for AmsGrad {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 3]) -> Stepped<3> {
        let (mean, square) = self.0.moments::<F>(gradient, moments[0], moments[1]);
        let largest = larger(moments[2], square);
        let step = mean * (self.0.rate * factor) / (largest.sqrt() + self.0.epsilon);
        (weight - step, [mean, square, largest])
    }
}

step_with!(2 Adam);
step_with!(3 AmsGrad);

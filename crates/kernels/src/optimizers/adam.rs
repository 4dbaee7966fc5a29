//! Adam (Kingma & Ba 2015), with Keras's epsilon:
//! `m += (1 - β₁)(g - m)`, `v += (1 - β₂)(g² - v)`, `w -= rate · m / (√v + ε)`.

use super::{Rule, or_zero, share_out, step_each};
use crate::Pool;
use crate::isa::{Arithmetic, on_each_isa};

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

/// What has a square that counts as zero.
const TINY_ROOT: f32 = 1e-15;

impl Adam {
    /// Takes the step; `mean` and `square` are the moments, as many as weights.
    pub fn step(
        &self,
        pool: &Pool,
        weights: &mut [f32],
        gradients: &[f32],
        mean: &mut [f32],
        square: &mut [f32],
    ) {
        share_out(pool, weights, gradients, [mean, square], |weights, gradients, moments| {
            step(pool.isa(), self, weights, gradients, moments);
        });
    }
}

impl Rule<2> for Adam {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, weight: f32, gradient: f32, [mean, square]: [f32; 2]) -> (f32, [f32; 2]) {
        let root = or_zero(gradient, TINY_ROOT);
        let mean = F::multiply_add(gradient - mean, self.new_mean, mean);
        let square = F::multiply_add(F::multiply_add(root, root, -square), self.new_square, square);
        (weight - mean * self.rate / (square.sqrt() + self.epsilon), [mean, square])
    }
}

on_each_isa! {
    fn step[F](rule: &Adam, weights: &mut [f32], gradients: &[f32], moments: [&mut [f32]; 2]) {
        step_each::<F, 2>(rule, weights, gradients, moments);
    }
}

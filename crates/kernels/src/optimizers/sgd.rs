//! Gradient descent: `w -= rate · g`; with momentum `m = μ m - rate · g`, `w += m`; Nesterov's form
//! `w += μ m - rate · g` (Sutskever et al. 2013).

use super::{Rule, Stepped, step_with};
use crate::isa::Arithmetic;

/// Straight down the gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// The step size.
    pub rate: f32,
}

/// Down the gradient, and on in the direction of the steps before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    /// The step size.
    pub rate: f32,
    /// The share of the last step that is taken again.
    pub momentum: f32,
}

/// As [`Momentum`], the gradient thought to be taken where the momentum will carry the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nesterov(pub Momentum);

impl Momentum {
    /// The step by this gradient alone, and the momentum after it.
    #[inline(always)]
    fn carried<F: Arithmetic>(&self, factor: f32, gradient: f32, velocity: f32) -> (f32, f32) {
        let step = -(gradient * (self.rate * factor));
        (step, F::multiply_add(velocity, self.momentum, step))
    }
}

impl Rule<0> for Sgd {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, _: [f32; 0]) -> Stepped<0> {
        (F::multiply_add(gradient, -(self.rate * factor), weight), [])
    }
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn step<F: Arithmetic>(
        &self,
        factor: f32,
        weight: f32,
        gradient: f32,
        [velocity]: [f32; 1],
    ) -> Stepped<1> {
        let (_, velocity) = self.carried::<F>(factor, gradient, velocity);
        (weight + velocity, [velocity])
    }
}

impl Rule<1> for Nesterov {
    #[inline(always)]
    fn step<F: Arithmetic>(
        &self,
        factor: f32,
        weight: f32,
        gradient: f32,
        [velocity]: [f32; 1],
    ) -> Stepped<1> {
        let (step, velocity) = self.0.carried::<F>(factor, gradient, velocity);
        (weight + F::multiply_add(velocity, self.0.momentum, step), [velocity])
    }
}

step_with!(0 Sgd);
step_with!(1 Momentum);
step_with!(1 Nesterov);

//! Gradient descent: `w -= rate · g`; with momentum `m = μ m - rate · g`, `w += m`; Nesterov's form
//! `w += μ m - rate · g` (Sutskever et al. 2013).

use super::{Rule, share_out, step_each};
use crate::Pool;
use crate::isa::{Arithmetic, on_each_isa};

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
    /// Where the gradient is thought to be taken.
    pub form: Form,
}

/// Where the gradient of a step with momentum is thought to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Where the weights are.
    Classic,
    /// Where the momentum will carry them.
    Nesterov,
}

impl Sgd {
    /// Takes the step.
    pub fn step(&self, pool: &Pool, weights: &mut [f32], gradients: &[f32]) {
        share_out(pool, weights, gradients, [], |weights, gradients, []| {
            step(pool.isa(), self, weights, gradients);
        });
    }
}

impl Momentum {
    /// Takes the step; `velocity` is the moment, as long as the weights.
    pub fn step(&self, pool: &Pool, weights: &mut [f32], gradients: &[f32], velocity: &mut [f32]) {
        share_out(pool, weights, gradients, [velocity], |weights, gradients, moments| match self.form {
            Form::Classic => step_classic(pool.isa(), &Classic(*self), weights, gradients, moments),
            Form::Nesterov => step_nesterov(pool.isa(), &Nesterov(*self), weights, gradients, moments),
        });
    }
}

struct Classic(Momentum);

struct Nesterov(Momentum);

impl Rule<0> for Sgd {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, weight: f32, gradient: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (F::multiply_add(gradient, -self.rate, weight), [])
    }
}

impl Rule<1> for Classic {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, weight: f32, gradient: f32, [velocity]: [f32; 1]) -> (f32, [f32; 1]) {
        let Momentum { rate, momentum, .. } = self.0;
        let velocity = F::multiply_add(velocity, momentum, -(gradient * rate));
        (weight + velocity, [velocity])
    }
}

impl Rule<1> for Nesterov {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, weight: f32, gradient: f32, [velocity]: [f32; 1]) -> (f32, [f32; 1]) {
        let Momentum { rate, momentum, .. } = self.0;
        let step = -(gradient * rate);
        let velocity = F::multiply_add(velocity, momentum, step);
        (weight + F::multiply_add(velocity, momentum, step), [velocity])
    }
}

on_each_isa! {
    fn step[F](rule: &Sgd, weights: &mut [f32], gradients: &[f32]) {
        step_each::<F, 0>(rule, weights, gradients, []);
    }

    fn step_classic[F](rule: &Classic, weights: &mut [f32], gradients: &[f32], moments: [&mut [f32]; 1]) {
        step_each::<F, 1>(rule, weights, gradients, moments);
    }

    fn step_nesterov[F](rule: &Nesterov, weights: &mut [f32], gradients: &[f32], moments: [&mut [f32]; 1]) {
        step_each::<F, 1>(rule, weights, gradients, moments);
    }
}

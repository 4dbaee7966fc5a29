//! RMSprop (Hinton 2012, lecture 6): `v = ρ v + (1 - ρ) g²`, `d = rate · g / √(v + ε)`, `w -= d`; with momentum
//! `m = μ m + d`, `w -= m`; centred (Graves 2013) by `√(v - a² + ε)` with the mean gradient `a`.

use super::{Rule, Stepped, TINY_ROOT, or_zero, step_with};
use crate::isa::Arithmetic;

/// The numbers of one step of RMSprop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsProp {
    /// The step size.
    pub rate: f32,
    /// `ρ`
    pub old: f32,
    /// `1 - ρ`
    pub new: f32,
    /// The share of the last step that is taken again; for the forms with momentum.
    pub momentum: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

/// With momentum: the moments are mean square and momentum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsPropMomentum(pub RmsProp);

/// Divided by the deviation: the moments are mean square and mean gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Centered(pub RmsProp);

/// Both: the moments are mean square, momentum and mean gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CenteredMomentum(pub RmsProp);

impl RmsProp {
    #[inline(always)]
    fn mean_square<F: Arithmetic>(&self, gradient: f32, square: f32) -> f32 {
        let root = or_zero(gradient, TINY_ROOT);
        F::multiply_add(square, self.old, root * root * self.new)
    }

    #[inline(always)]
    fn mean<F: Arithmetic>(&self, gradient: f32, mean: f32) -> f32 {
        F::multiply_add(mean, self.old, gradient * self.new)
    }

    /// `d`, where the gradient varies so much.
    #[inline(always)]
    fn increment(&self, factor: f32, gradient: f32, variance: f32) -> f32 {
        gradient * (self.rate * factor) / (variance + self.epsilon).sqrt()
    }
}

/// `v - a²`, which rounding must not make negative; NaN for NaN.
#[inline(always)]
fn variance(square: f32, mean: f32) -> f32 {
    let variance = square - mean * mean;
    if variance < 0.0 { 0.0 } else { variance }
}

impl Rule<1> for RmsProp {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, [square]: [f32; 1]) -> Stepped<1> {
        let square = self.mean_square::<F>(gradient, square);
        (weight - self.increment(factor, gradient, square), [square])
    }
}

impl Rule<2> for RmsPropMomentum {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 2]) -> Stepped<2> {
        let square = self.0.mean_square::<F>(gradient, moments[0]);
        let momentum =
            F::multiply_add(moments[1], self.0.momentum, self.0.increment(factor, gradient, square));
        (weight - momentum, [square, momentum])
    }
}

impl Rule<2> for Centered {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 2]) -> Stepped<2> {
        let square = self.0.mean_square::<F>(gradient, moments[0]);
        let mean = self.0.mean::<F>(gradient, moments[1]);
        (weight - self.0.increment(factor, gradient, variance(square, mean)), [square, mean])
    }
}

impl Rule<3> for CenteredMomentum {
    #[inline(always)]
    fn step<F: Arithmetic>(&self, factor: f32, weight: f32, gradient: f32, moments: [f32; 3]) -> Stepped<3> {
        let square = self.0.mean_square::<F>(gradient, moments[0]);
        let mean = self.0.mean::<F>(gradient, moments[2]);
        let increment = self.0.increment(factor, gradient, variance(square, mean));
        let momentum = F::multiply_add(moments[1], self.0.momentum, increment);
        (weight - momentum, [square, momentum, mean])
    }
}

step_with!(1 RmsProp);
step_with!(2 RmsPropMomentum);
step_with!(2 Centered);
step_with!(3 CenteredMomentum);

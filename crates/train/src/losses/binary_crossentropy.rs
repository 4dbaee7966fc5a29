//! One sigmoid unit, the second class's: `ln(1 + exp(±z))`; by the logit: `sigmoid(z) - label`. Of both classes, the
//! sum by their shares.

use super::{Formula, Target};
use crate::Answer;
use crate::settings::Settings;

/// There is nothing to set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BinaryCrossentropy;

impl Settings for BinaryCrossentropy {}

/// Keras's `epsilon()`. A float32 probability cannot tell logits beyond ±16 apart near 1, so both ends are held here.
const EPSILON: f32 = 1e-7;

impl Formula for BinaryCrossentropy {
    fn fits(&self, answer: Answer) -> bool {
        answer == Answer::Sigmoid
    }

    fn of_logits(&self, logits: &[f32], target: Target<'_>) -> f64 {
        let z = f64::from(logits[0]);
        target
            .shares(2)
            .map(|(class, share)| f64::from(share) * softplus(if class == 0 { z } else { -z }))
            .sum()
    }

    fn of_probabilities(&self, probabilities: &[f32], target: Target<'_>) -> f64 {
        let second = probabilities[1].clamp(EPSILON, 1.0 - EPSILON);
        let term = |(class, share)| {
            f64::from(share) * -f64::from(if class == 0 { 1.0 - second } else { second }).ln()
        };
        target.shares(2).map(term).sum()
    }

    fn gradient(&self, values: &[f32], target: Target<'_>, scale: f32, gradient: &mut [f32]) {
        gradient[0] = scale * (values[0] - target.share(1, 2));
    }
}

/// `ln(1 + exp(x))` without overflow.
pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

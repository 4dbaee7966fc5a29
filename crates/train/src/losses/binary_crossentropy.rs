//! One sigmoid unit, the second class's: `ln(1 + exp(±z))`; by the logit: `sigmoid(z) - label`.

use super::Loss;
use crate::Answer;

pub(super) const LOSS: BinaryCrossentropy = BinaryCrossentropy;

pub(super) struct BinaryCrossentropy;

/// Keras's `epsilon()`. A float32 probability cannot tell logits beyond ±16 apart near 1, so both ends are held here.
const EPSILON: f32 = 1e-7;

impl Loss for BinaryCrossentropy {
    fn name(&self) -> &'static str {
        "binary_crossentropy"
    }

    fn fits(&self, answer: Answer) -> bool {
        answer == Answer::Sigmoid
    }

    fn of_logits(&self, logits: &[f32], label: u32) -> f64 {
        let z = f64::from(logits[0]);
        let against = if label == 0 { z } else { -z };
        // ln(1 + exp(against)) without overflow.
        against.max(0.0) + (-against.abs()).exp().ln_1p()
    }

    fn of_probabilities(&self, probabilities: &[f32], label: u32) -> f64 {
        let second = probabilities[1].clamp(EPSILON, 1.0 - EPSILON);
        -f64::from(if label == 0 { 1.0 - second } else { second }).ln()
    }

    fn gradient(&self, values: &[f32], label: u32, scale: f32, gradient: &mut [f32]) {
        gradient[0] = scale * (values[0] - label as f32);
    }
}

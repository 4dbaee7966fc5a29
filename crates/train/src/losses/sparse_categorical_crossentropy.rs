//! `-ln softmax(z)[label] = ln Σ exp(z) - z[label]`; by the logits: `softmax(z) - one_hot(label)`.

use super::Loss;
use crate::Answer;

pub(super) const LOSS: SparseCategoricalCrossentropy = SparseCategoricalCrossentropy;

pub(super) struct SparseCategoricalCrossentropy;

impl Loss for SparseCategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "sparse_categorical_crossentropy"
    }

    fn fits(&self, answer: Answer) -> bool {
        matches!(answer, Answer::Softmax(_))
    }

    fn of_logits(&self, logits: &[f32], label: u32) -> f64 {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|z| f64::from(z - largest).exp()).sum();
        sum.ln() + f64::from(largest - logits[label as usize])
    }

    fn of_probabilities(&self, probabilities: &[f32], label: u32) -> f64 {
        -f64::from(probabilities[label as usize].clamp(f32::MIN_POSITIVE, 1.0)).ln()
    }

    fn gradient(&self, values: &[f32], label: u32, scale: f32, gradient: &mut [f32]) {
        for (gradient, p) in gradient.iter_mut().zip(values) {
            *gradient = scale * p;
        }
        gradient[label as usize] -= scale;
    }
}

//! `-ln softmax(z)[label] = ln Σ exp(z) - z[label]`; by the logits: `softmax(z) - one_hot(label)`. Of several classes,
//! the sum by their shares.

use super::{Formula, Target};
use crate::Answer;
use crate::settings::Settings;

/// There is nothing to set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SparseCategoricalCrossentropy;

impl Settings for SparseCategoricalCrossentropy {}

impl Formula for SparseCategoricalCrossentropy {
    fn fits(&self, answer: Answer) -> bool {
        matches!(answer, Answer::Softmax(_))
    }

    fn of_logits(&self, logits: &[f32], target: Target<'_>) -> f64 {
        let logarithms = Logarithms::of(logits);
        // One term where it is one class: the others' shares are zero, which says nothing of infinite logits.
        target.shares(logits.len()).map(|(class, share)| f64::from(share) * -logarithms.at(class)).sum()
    }

    fn of_probabilities(&self, probabilities: &[f32], target: Target<'_>) -> f64 {
        let term = |(class, share)| f64::from(share) * -logarithm(probabilities[class]);
        target.shares(probabilities.len()).map(term).sum()
    }

    fn gradient(&self, values: &[f32], target: Target<'_>, scale: f32, gradient: &mut [f32]) {
        for (gradient, p) in gradient.iter_mut().zip(values) {
            *gradient = scale * p;
        }
        for (class, share) in target.shares(values.len()) {
            gradient[class] -= scale * share;
        }
    }
}

/// The logarithms of a softmax's probabilities, exact for any size of logits.
pub(super) struct Logarithms<'a> {
    logits: &'a [f32],
    largest: f32,
    sum: f64,
}

impl<'a> Logarithms<'a> {
    pub(super) fn of(logits: &'a [f32]) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|z| f64::from(z - largest).exp()).sum();
        Self { logits, largest, sum: sum.ln() }
    }

    pub(super) fn at(&self, class: usize) -> f64 {
        -(self.sum + f64::from(self.largest - self.logits[class]))
    }
}

/// `ln p`, finite.
pub(super) fn logarithm(probability: f32) -> f64 {
    f64::from(probability.clamp(f32::MIN_POSITIVE, 1.0)).ln()
}

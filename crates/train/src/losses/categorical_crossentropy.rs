//! What Keras calls `sparse_categorical_crossentropy` when the targets are one-hot rows.
//!
//! Targets here are class numbers or rows of shares, so under either name it is the same loss with the same figures.

use super::{Formula, SparseCategoricalCrossentropy as Sparse, Target};
use crate::Answer;
use crate::settings::Settings;

/// There is nothing to set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CategoricalCrossentropy;

impl Settings for CategoricalCrossentropy {}

impl Formula for CategoricalCrossentropy {
    fn fits(&self, answer: Answer) -> bool {
        Sparse.fits(answer)
    }

    fn of_logits(&self, logits: &[f32], target: Target<'_>) -> f64 {
        Sparse.of_logits(logits, target)
    }

    fn of_probabilities(&self, probabilities: &[f32], target: Target<'_>) -> f64 {
        Sparse.of_probabilities(probabilities, target)
    }

    fn gradient(&self, values: &[f32], target: Target<'_>, scale: f32, gradient: &mut [f32]) {
        Sparse.gradient(values, target, scale, gradient);
    }
}

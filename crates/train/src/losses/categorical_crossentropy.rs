//! What Keras calls `sparse_categorical_crossentropy` when the targets are one-hot rows.
//!
//! Targets here are always class numbers, so under either name it is the same loss with the same figures.

use super::{Loss, sparse_categorical_crossentropy::LOSS as SPARSE};
use crate::Answer;

pub(super) const LOSS: CategoricalCrossentropy = CategoricalCrossentropy;

pub(super) struct CategoricalCrossentropy;

impl Loss for CategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "categorical_crossentropy"
    }

    fn fits(&self, answer: Answer) -> bool {
        SPARSE.fits(answer)
    }

    fn of_logits(&self, logits: &[f32], label: u32) -> f64 {
        SPARSE.of_logits(logits, label)
    }

    fn of_probabilities(&self, probabilities: &[f32], label: u32) -> f64 {
        SPARSE.of_probabilities(probabilities, label)
    }

    fn gradient(&self, values: &[f32], label: u32, scale: f32, gradient: &mut [f32]) {
        SPARSE.gradient(values, label, scale, gradient);
    }
}

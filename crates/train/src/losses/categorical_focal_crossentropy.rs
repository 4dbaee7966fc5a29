//! `-α (1 - p)^γ ln p` of the true class, of several the sum by their shares (Lin et al. 2017); by the logits:
//! `h_c - p_c Σ h` with `h = α t (γ p (1 - p)^(γ - 1) ln p - (1 - p)^γ)`.

use super::sparse_categorical_crossentropy::{Logarithms, logarithm};
use super::{Formula, Target};
use crate::error::expected;
use crate::settings::settings;
use crate::{Answer, Result};

settings! {
    /// Its settings, with Keras's defaults.
    #[derive(Copy)]
    CategoricalFocalCrossentropy {
        /// How much less counts what is known well; 0 for not at all.
        gamma: f64 = 2.0,
        /// A factor of it all; for one a class use class weights.
        alpha: f64 = 0.25,
    }
}

impl CategoricalFocalCrossentropy {
    /// The loss of a class whose probability has this logarithm.
    fn of_logarithm(&self, logarithm: f64) -> f64 {
        // 1 - p, exact near 1.
        self.alpha * (-logarithm.exp_m1()).powf(self.gamma) * -logarithm
    }

    /// `h` of a class of which the picture is all.
    fn slope(&self, probability: f32) -> f64 {
        let (p, other) = (f64::from(probability), f64::from(1.0 - probability));
        let focus = match other > 0.0 {
            true => self.gamma * p * other.powf(self.gamma - 1.0) * logarithm(probability),
            false => 0.0,
        };
        self.alpha * (focus - other.powf(self.gamma))
    }
}

impl Formula for CategoricalFocalCrossentropy {
    fn check(&self) -> Result<()> {
        check_positive("alpha", self.alpha)?;
        check_positive("gamma", self.gamma)
    }

    fn fits(&self, answer: Answer) -> bool {
        matches!(answer, Answer::Softmax(_))
    }

    fn of_logits(&self, logits: &[f32], target: Target<'_>) -> f64 {
        let logarithms = Logarithms::of(logits);
        let term = |(class, share)| f64::from(share) * self.of_logarithm(logarithms.at(class));
        target.shares(logits.len()).map(term).sum()
    }

    fn of_probabilities(&self, probabilities: &[f32], target: Target<'_>) -> f64 {
        let term = |(class, share)| f64::from(share) * self.of_logarithm(logarithm(probabilities[class]));
        target.shares(probabilities.len()).map(term).sum()
    }

    fn gradient(&self, values: &[f32], target: Target<'_>, scale: f32, gradient: &mut [f32]) {
        let slope = |(class, share): (usize, f32)| (class, f64::from(share) * self.slope(values[class]));
        let sum: f64 = target.shares(values.len()).map(slope).map(|(_, slope)| slope).sum();
        for (gradient, p) in gradient.iter_mut().zip(values) {
            *gradient = -scale * p * sum as f32;
        }
        for (class, slope) in target.shares(values.len()).map(slope) {
            gradient[class] += scale * slope as f32;
        }
    }
}

pub(super) fn check_positive(name: &str, value: f64) -> Result<()> {
    match value >= 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(expected(name, "0 or more", value)),
    }
}

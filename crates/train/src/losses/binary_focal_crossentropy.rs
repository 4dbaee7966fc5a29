//! `w (1 - p_t)^γ bce` of one sigmoid unit (Lin et al. 2017), where `p_t = t p + (1 - t)(1 - p)` and, if classes are
//! balanced, `w = t α + (1 - t)(1 - α)`.

use super::binary_crossentropy::softplus;
use super::categorical_focal_crossentropy::check_positive;
use super::{BinaryCrossentropy, Formula, Target};
use crate::error::expected;
use crate::settings::settings;
use crate::{Answer, Result};

settings! {
    /// Its settings, with Keras's defaults.
    #[derive(Copy)]
    BinaryFocalCrossentropy {
        /// How much less counts what is known well; 0 for not at all.
        gamma: f64 = 2.0,
        /// The second class's weight, where classes are balanced; the first has the rest of 1.
        alpha: f64 = 0.25,
        /// Whether `alpha` counts.
        apply_class_balancing: bool = false,
    }
}

impl BinaryFocalCrossentropy {
    /// `w` for a share of the second class.
    fn weight(&self, share: f64) -> f64 {
        match self.apply_class_balancing {
            true => share * self.alpha + (1.0 - share) * (1.0 - self.alpha),
            false => 1.0,
        }
    }
}

/// `1 - p_t` for a share of the second class and the probabilities of both.
fn missed(share: f64, first: f64, second: f64) -> f64 {
    share * first + (1.0 - share) * second
}

impl Formula for BinaryFocalCrossentropy {
    fn check(&self) -> Result<()> {
        check_positive("gamma", self.gamma)?;
        match (0.0..=1.0).contains(&self.alpha) {
            true => Ok(()),
            false => Err(expected("alpha", "0 to 1", self.alpha)),
        }
    }

    fn fits(&self, answer: Answer) -> bool {
        answer == Answer::Sigmoid
    }

    fn of_logits(&self, logits: &[f32], target: Target<'_>) -> f64 {
        let (z, share) = (f64::from(logits[0]), f64::from(target.share(1, 2)));
        // The logarithm of a sigmoid is minus a softplus.
        let missed = missed(share, (-softplus(z)).exp(), (-softplus(-z)).exp());
        self.weight(share) * missed.powf(self.gamma) * BinaryCrossentropy.of_logits(logits, target)
    }

    fn of_probabilities(&self, probabilities: &[f32], target: Target<'_>) -> f64 {
        let share = f64::from(target.share(1, 2));
        let missed = missed(share, f64::from(probabilities[0]), f64::from(probabilities[1]));
        self.weight(share)
            * missed.powf(self.gamma)
            * BinaryCrossentropy.of_probabilities(probabilities, target)
    }

    fn gradient(&self, values: &[f32], target: Target<'_>, scale: f32, gradient: &mut [f32]) {
        let both = [1.0 - values[0], values[0]];
        let (share, p) = (f64::from(target.share(1, 2)), f64::from(values[0]));
        let missed = missed(share, f64::from(both[0]), p);
        let focus = match missed > 0.0 {
            true => {
                let slope = (1.0 - 2.0 * share) * p * (1.0 - p);
                let loss = BinaryCrossentropy.of_probabilities(&both, target);
                self.gamma * missed.powf(self.gamma - 1.0) * slope * loss
            }
            false => 0.0,
        };
        let whole = self.weight(share) * (focus + missed.powf(self.gamma) * (p - share));
        gradient[0] = scale * whole as f32;
    }
}

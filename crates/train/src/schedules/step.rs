//! `valuesᵢ` for `boundariesᵢ₋₁ < step <= boundariesᵢ`: Keras's `PiecewiseConstantDecay`.

use super::{Curve, Length, Origin, Span};
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// `step=0.01/0.001/0.0001,boundaries=10epochs/20epochs`; the stage's own rate does not count.
    Step {
        /// The rates.
        values: Vec<f64> = Vec::new(),
        /// The last step of each rate but the last one.
        boundaries: Vec<Length> = Vec::new(),
    }
}

impl Curve for Step {
    fn origin(&self) -> Origin {
        Origin::StageStart
    }

    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let passed = self.boundaries.iter().filter(|boundary| step > boundary.steps(span)).count();
        self.values.get(passed).copied().unwrap_or(rate)
    }

    fn check(&self) -> Result<()> {
        let (values, boundaries) = (self.values.len(), self.boundaries.len());
        if boundaries == 0 || values != boundaries + 1 {
            return Err(Error::setting(format!(
                "values: expected rates, one more than boundaries, such as 0.01/0.001 with boundaries=10epochs, received \
                 {values} with {boundaries}; for half the rate after every 10 epochs, write \
                 exponential=0.5,decay_steps=10epochs,staircase"
            )));
        }
        check_rates(self.values.iter())
    }
}

/// Fails unless every rate is one.
pub(super) fn check_rates<'a>(mut rates: impl Iterator<Item = &'a f64>) -> Result<()> {
    match rates.find(|rate| !(rate.is_finite() && **rate >= 0.0)) {
        None => Ok(()),
        Some(rate) => Err(Error::setting(format!("a rate: expected 0 or more, received {rate}"))),
    }
}

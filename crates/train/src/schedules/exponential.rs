//! `rate · decay_rateˢᵗᵉᵖ/ᵈᵉᶜᵃʸ_ˢᵗᵉᵖˢ`, the exponent rounded down if asked: Keras's `ExponentialDecay`.

use super::{Curve, Length, Span};
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// `exponential=0.9`: nine tenths of it after each epoch.
    Exponential {
        /// The factor.
        decay_rate: f64 = 0.9,
        /// After how long it applies in full.
        decay_steps: Length = Length::Epochs(1.0),
        /// Whether it applies all at once then.
        staircase: bool = false,
    }
}

impl Curve for Exponential {
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let periods = step / self.decay_steps.period(span);
        rate * self.decay_rate.powf(if self.staircase { periods.floor() } else { periods })
    }

    fn check(&self) -> Result<()> {
        check_decay(self.decay_rate, self.decay_steps)
    }
}

/// Fails unless a rate decays by `decay_rate` in some time.
pub(super) fn check_decay(decay_rate: f64, decay_steps: Length) -> Result<()> {
    if !(decay_rate.is_finite() && decay_rate >= 0.0) {
        return Err(Error::setting(format!("decay_rate: expected 0 or more, received {decay_rate}")));
    }
    check_length("decay_steps", decay_steps)
}

/// Fails unless it lasts at all.
pub(super) fn check_length(name: &str, length: Length) -> Result<()> {
    match length.is_positive() {
        true => Ok(()),
        false => Err(Error::setting(format!("{name}: expected more than 0, received {length}"))),
    }
}

//! `rate / (1 + decay_rate · step / decay_steps)`, the quotient rounded down if asked: Keras's `InverseTimeDecay`.

use super::exponential::check_decay;
use super::{Curve, Length, Span};
use crate::Result;
use crate::settings::settings;

settings! {
    /// `inverse_time=0.5`: two thirds of it after the first epoch, half after the second.
    InverseTime {
        /// How fast the divisor grows.
        decay_rate: f64 = 0.5,
        /// In how long.
        decay_steps: Length = Length::Epochs(1.0),
        /// Whether it grows all at once then.
        staircase: bool = false,
    }
}

impl Curve for InverseTime {
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let periods = step / self.decay_steps.period(span);
        rate / (1.0 + self.decay_rate * if self.staircase { periods.floor() } else { periods })
    }

    fn check(&self) -> Result<()> {
        check_decay(self.decay_rate, self.decay_steps)
    }
}

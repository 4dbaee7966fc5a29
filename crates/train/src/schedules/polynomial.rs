//! `(rate - end)(1 - step / decay_steps)ᵖᵒʷᵉʳ + end`, then the end; or with a `decay_steps` that grows by itself whenever
//! the step reaches it: Keras's `PolynomialDecay`.

use super::exponential::check_length;
use super::settings::settings;
use super::step::check_rates;
use super::{Curve, Length, Span};
use crate::{Error, Result};

settings! {
    /// `polynomial`: a line down to 0.0001; `polynomial=2`: a parabola.
    Polynomial {
        /// The power.
        power: f64 = 1.0,
        /// How long it takes.
        decay_steps: Length = Length::Whole,
        /// The rate at the end.
        end_learning_rate: f64 = 1e-4,
        /// Whether it starts again, each time from lower and for longer.
        cycle: bool = false,
    }
}

impl Curve for Polynomial {
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let period = self.decay_steps.period(span);
        let done = match self.cycle {
            true => step / (period * (step / period).ceil().max(1.0)),
            false => step.min(period) / period,
        };
        (rate - self.end_learning_rate) * (1.0 - done).powf(self.power) + self.end_learning_rate
    }

    fn check(&self) -> Result<()> {
        if !(self.power.is_finite() && self.power >= 0.0) {
            return Err(Error::setting(format!("power: expected 0 or more, received {}", self.power)));
        }
        check_rates([self.end_learning_rate].iter())?;
        check_length("decay_steps", self.decay_steps)
    }
}

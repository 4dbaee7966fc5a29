//! `(rate - end)(1 - step / decay_steps)ᵖᵒʷᵉʳ + end`, then the end; or with a `decay_steps` that grows by itself
//! whenever the step reaches it: Keras's `PolynomialDecay`.

use super::exponential::check_length;
use super::step::check_rates;
use super::{Curve, Length, Span};
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// `polynomial`: a line down to the end; `polynomial=2`: a parabola.
    Polynomial {
        /// The power.
        power: f64 = 1.0,
        /// How long it takes.
        decay_steps: Length = Length::Whole,
        /// The rate at the end. `None`: Keras's 0.0001, but a tenth of the stage's rate at most, for the small rates of
        /// fine-tuning would rise to it.
        end_learning_rate: Option<f64> = None,
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
        let end = self.end_learning_rate.unwrap_or_else(|| (rate / 10.0).min(1e-4));
        (rate - end) * (1.0 - done).powf(self.power) + end
    }

    fn check(&self) -> Result<()> {
        if !(self.power.is_finite() && self.power >= 0.0) {
            return Err(Error::setting(format!("power: expected 0 or more, received {}", self.power)));
        }
        check_rates(self.end_learning_rate.iter())?;
        check_length("decay_steps", self.decay_steps)
    }
}

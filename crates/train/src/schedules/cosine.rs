//! `rate ((1 - α)(1 + cos(π step / decay_steps)) / 2 + α)`, then `rate α` (Loshchilov & Hutter 2017): Keras's
//! `CosineDecay`.

use super::exponential::check_length;
use super::warmup::check_share;
use super::{Curve, Length, Span};
use crate::Result;
use crate::settings::settings;

settings! {
    /// `cosine`: down to nothing at the stage's end; `cosine=0.1`: to a tenth.
    Cosine {
        /// The part of the rate that is left at the end.
        alpha: f64 = 0.0,
        /// How long it takes.
        decay_steps: Length = Length::Whole,
    }
}

impl Curve for Cosine {
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let period = self.decay_steps.period(span);
        rate * ((1.0 - self.alpha) * half_wave(step.min(period) / period) + self.alpha)
    }

    fn check(&self) -> Result<()> {
        check_share("alpha", self.alpha)?;
        check_length("decay_steps", self.decay_steps)
    }
}

/// From 1 to 0 while `done` goes from 0 to 1.
pub(super) fn half_wave(done: f64) -> f64 {
    0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}

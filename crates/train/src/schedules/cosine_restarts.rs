//! Half waves one after the other, the i-th `first_decay_steps t_mulⁱ` long and `m_mulⁱ` high (Loshchilov & Hutter
//! 2017): Keras's `CosineDecayRestarts`.

use super::cosine::half_wave;
use super::exponential::check_length;
use super::warmup::check_share;
use super::{Curve, Length, Span};
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// `cosine_restarts=10epochs`: after 10, 30, 70, … epochs it starts again.
    CosineRestarts {
        /// How long the first wave is.
        first_decay_steps: Length = Length::Epochs(10.0),
        /// By how much each is longer than the one before.
        t_mul: f64 = 2.0,
        /// By how much each is higher than the one before.
        m_mul: f64 = 1.0,
        /// The part of the rate that is left at a wave's end.
        alpha: f64 = 0.0,
    }
}

impl CosineRestarts {
    /// The waves that are over after so many first waves' time, and how much of the present one is done.
    fn wave(&self, time: f64) -> (f64, f64) {
        if self.t_mul == 1.0 {
            return (time.floor(), time - time.floor());
        }
        let begin = |wave: f64| (1.0 - self.t_mul.powf(wave)) / (1.0 - self.t_mul);
        // Rounding may put the last step of a wave into the next one, or the other way.
        let guess = ((1.0 - time * (1.0 - self.t_mul)).ln() / self.t_mul.ln()).round();
        let wave = if begin(guess) > time { guess - 1.0 } else { guess };
        (wave, (time - begin(wave)) / self.t_mul.powf(wave))
    }
}

impl Curve for CosineRestarts {
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let (wave, done) = self.wave(step / self.first_decay_steps.period(span));
        rate * ((1.0 - self.alpha) * self.m_mul.powf(wave) * half_wave(done) + self.alpha)
    }

    fn check(&self) -> Result<()> {
        check_length("first_decay_steps", self.first_decay_steps)?;
        check_share("alpha", self.alpha)?;
        if !(self.t_mul >= 1.0 && self.t_mul.is_finite()) {
            return Err(Error::setting(format!("t_mul: expected 1 or more, received {}", self.t_mul)));
        }
        if !(self.m_mul >= 0.0 && self.m_mul.is_finite()) {
            return Err(Error::setting(format!("m_mul: expected 0 or more, received {}", self.m_mul)));
        }
        Ok(())
    }
}

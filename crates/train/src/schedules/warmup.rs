//! A line from nearly nothing to the stage's rate, in front of any schedule (Goyal et al. 2017):
//! `rate (a + (1 - a) s / w)`, as Keras's `CosineDecay` warms up.

use super::Length;
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// What comes before a schedule, which begins when it is over; `step` and `table` name places of the stage and stay
    /// there. By default nothing.
    Warmup {
        /// How long.
        warmup_steps: Length = Length::Steps(0.0),
        /// The first step's part of the rate.
        warmup_start: f64 = 0.0,
    }
}

impl Warmup {
    pub(super) fn rate(&self, rate: f64, done: f64) -> f64 {
        rate * (self.warmup_start + (1.0 - self.warmup_start) * done)
    }

    pub(super) fn check(&self) -> Result<()> {
        check_share("warmup_start", self.warmup_start)
    }
}

/// Fails unless `value` is a part of something.
pub(super) fn check_share(name: &str, value: f64) -> Result<()> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(()),
        false => Err(Error::setting(format!("{name}: expected 0 to 1, received {value}"))),
    }
}

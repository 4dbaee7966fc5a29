//! Averages of the weights over the steps (Polyak & Juditsky 1992): Keras's `use_ema`.

use crate::Result;
use crate::error::expected;

/// `average = momentum · average + (1 - momentum) · weight` after every batch, from the first batch's weights on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Averaging {
    /// The share of the average that stays: `ema_momentum`.
    pub momentum: f64,
    /// Every so many steps the weights become their averages: `ema_overwrite_frequency`.
    pub overwrite_frequency: Option<usize>,
}

impl Default for Averaging {
    /// Keras's defaults.
    fn default() -> Self {
        Self { momentum: 0.99, overwrite_frequency: None }
    }
}

impl Averaging {
    pub(super) fn check(self) -> Result<()> {
        // With 1 the averages would stay as the weights began.
        if !(0.0..1.0).contains(&self.momentum) {
            return Err(expected("ema_momentum", "0 or more and less than 1", self.momentum));
        }
        match self.overwrite_frequency {
            Some(0) => Err(expected("ema_overwrite_frequency", "1 or more", 0.0)),
            _ => Ok(()),
        }
    }
}

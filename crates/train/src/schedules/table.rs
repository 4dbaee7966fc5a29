//! Rates from a table, each from an epoch on: what Keras's `LearningRateScheduler` does with
//! a function that looks one up.

use super::step::check_rates;
use super::{Curve, Origin, Span};
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// `table=0:0.01/10:0.001`: a hundredth at first, a thousandth from the eleventh epoch on.
    Table {
        /// Epochs of the stage, counted from 0 as Keras does, and their rates. Before the first, the stage's own rate.
        rates: Vec<(usize, f64)> = Vec::new(),
    }
}

impl Curve for Table {
    fn origin(&self) -> Origin {
        Origin::StageStart
    }

    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let epoch = (step / span.steps_per_epoch.max(1.0)).floor();
        let begun = self.rates.iter().take_while(|(first, _)| *first as f64 <= epoch);
        begun.last().map_or(rate, |(_, rate)| *rate)
    }

    fn check(&self) -> Result<()> {
        if self.rates.is_empty() {
            return Err(Error::setting("rates: expected some, such as 0:0.01/10:0.001, received none"));
        }
        if !self.rates.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(Error::setting("rates: expected epochs that grow, as in 0:0.01/10:0.001"));
        }
        check_rates(self.rates.iter().map(|(_, rate)| rate))
    }
}

//! Up from `rate / div_factor` to `rate` within `pct_start` of all steps, then down to
//! `rate / div_factor / final_div_factor` (Smith & Topin 2018): PyTorch's `OneCycleLR`, as fastai has it.

use super::cosine::half_wave;
use super::{Curve, Span};
use crate::settings::settings;
use crate::{Error, Result};

settings! {
    /// `one_cycle`: three tenths of the stage up, the rest down. The stage's rate is the largest one.
    OneCycle {
        /// The part of the steps that goes up.
        pct_start: f64 = 0.3,
        /// The largest rate, divided by the first.
        div_factor: f64 = 25.0,
        /// The first rate, divided by the last.
        final_div_factor: f64 = 1e4,
        /// Whether it goes along lines instead of half waves.
        linear: bool = false,
        /// Whether it goes down as fast as up first, then on to the last rate.
        three_phase: bool = false,
    }
}

impl OneCycle {
    /// Where each phase ends, and the rate there, for a largest rate of 1.
    fn phases(&self, steps: f64) -> [(f64, f64); 3] {
        let (first, last) = (1.0 / self.div_factor, 1.0 / self.div_factor / self.final_div_factor);
        let up = (self.pct_start * steps - 1.0, 1.0);
        let end = (steps - 1.0, last);
        match self.three_phase {
            true => [up, (2.0 * self.pct_start * steps - 2.0, first), end],
            false => [up, end, end],
        }
    }
}

impl Curve for OneCycle {
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64 {
        let (mut begin, mut from) = (0.0, 1.0 / self.div_factor);
        for (end, to) in self.phases(span.steps) {
            if step <= end {
                let done = if end > begin { (step - begin) / (end - begin) } else { 1.0 };
                let left = if self.linear { 1.0 - done } else { half_wave(done) };
                return rate * (to + (from - to) * left);
            }
            (begin, from) = (end, to);
        }
        rate * from
    }

    fn check(&self) -> Result<()> {
        let most = if self.three_phase { 0.5 } else { 1.0 };
        if !(self.pct_start > 0.0 && self.pct_start <= most) {
            let received = self.pct_start;
            let message = format!("pct_start: expected more than 0 and at most {most}, received {received}");
            return Err(Error::setting(message));
        }
        for (name, factor) in [("div_factor", self.div_factor), ("final_div_factor", self.final_div_factor)] {
            if !(factor > 0.0 && factor.is_finite()) {
                return Err(Error::setting(format!("{name}: expected more than 0, received {factor}")));
            }
        }
        Ok(())
    }
}

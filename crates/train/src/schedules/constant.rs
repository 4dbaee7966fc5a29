//! The same rate throughout.

use super::{Curve, Span};
use crate::Result;
use crate::settings::settings;

settings! {
    /// There is nothing to set.
    Constant {}
}

impl Curve for Constant {
    fn rate(&self, rate: f64, _step: f64, _span: Span) -> f64 {
        rate
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

//! The same rate throughout.

use crate::settings::settings;
use super::{Curve, Span};
use crate::Result;

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

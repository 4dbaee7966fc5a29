//! How long something lasts, in steps or in epochs, and how long a stage is.

use std::fmt;
use std::str::FromStr;

/// A stretch of a stage: `100`, `100steps`, `2.5epochs` or `whole`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// Batches, as Keras counts them.
    Steps(f64),
    /// Times through the pictures.
    Epochs(f64),
    /// From where the schedule begins to the stage's end.
    Whole,
}

/// How long a stage is, or what is left of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Batches in all.
    pub steps: f64,
    /// Batches in an epoch.
    pub steps_per_epoch: f64,
}

impl Span {
    /// So many epochs of so many batches.
    pub fn new(epochs: usize, steps_per_epoch: usize) -> Self {
        let steps_per_epoch = steps_per_epoch as f64;
        Self { steps: epochs as f64 * steps_per_epoch, steps_per_epoch }
    }

    /// What is left after some steps.
    pub(super) fn without(self, steps: f64) -> Self {
        Self { steps: (self.steps - steps).max(0.0), ..self }
    }
}

impl Length {
    /// In steps of a stage.
    pub(super) fn steps(self, span: Span) -> f64 {
        match self {
            Self::Steps(steps) => steps,
            Self::Epochs(epochs) => epochs * span.steps_per_epoch,
            Self::Whole => span.steps,
        }
    }

    /// As [`Length::steps`], for dividing by it: at least one.
    pub(super) fn period(self, span: Span) -> f64 {
        self.steps(span).max(1.0)
    }

    /// Whether it lasts at all.
    pub(super) fn is_positive(self) -> bool {
        match self {
            Self::Steps(amount) | Self::Epochs(amount) => amount > 0.0,
            Self::Whole => true,
        }
    }
}

impl FromStr for Length {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "whole" {
            return Ok(Self::Whole);
        }
        let amount = |text: &str| text.trim().parse::<f64>().ok().filter(|a| *a >= 0.0 && a.is_finite());
        let epochs = text.strip_suffix("epochs").or_else(|| text.strip_suffix("epoch"));
        if let Some(epochs) = epochs {
            return amount(epochs).map(Self::Epochs).ok_or(());
        }
        let steps = text.strip_suffix("steps").or_else(|| text.strip_suffix("step")).unwrap_or(text);
        amount(steps).map(Self::Steps).ok_or(())
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(steps) => write!(f, "{steps}"),
            Self::Epochs(epochs) => write!(f, "{epochs}epochs"),
            Self::Whole => f.write_str("whole"),
        }
    }
}

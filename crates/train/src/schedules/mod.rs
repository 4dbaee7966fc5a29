//! Learning-rate schedules: one file each, pure functions of the step, with Keras's formulas.
//!
//! Written as a name, what matters most about it, and options under Keras's names: `cosine`, `exponential=0.9`,
//! `exponential=0.5,decay_steps=10epochs,staircase`, `one_cycle,warmup_steps=100`. A new schedule is a file with its
//! settings, which implement [`Curve`], and a row in the list below.

mod length;
mod warmup;

use std::fmt;
use std::str::FromStr;

use crate::settings::{Named, Settings, named, read_named, written};
use crate::{Error, Result};
pub use length::{Length, Span};
pub use warmup::Warmup;

named! {
    /// Which way the rate goes, with its settings.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Shape("schedule"), curve: Curve, for Schedule {
        /// The same rate throughout.
        constant: Constant,
        /// Given rates, each from a step on: Keras's `PiecewiseConstantDecay`.
        step or "piecewise_constant_decay": Step,
        /// Times a factor every so many steps: Keras's `ExponentialDecay`.
        exponential or "exponential_decay": Exponential,
        /// Down to an end along a power: Keras's `PolynomialDecay`.
        polynomial or "polynomial_decay": Polynomial,
        /// Divided by a number that grows: Keras's `InverseTimeDecay`.
        inverse_time or "inverse_time_decay": InverseTime,
        /// Down along half a wave: Keras's `CosineDecay`.
        cosine or "cosine_decay": Cosine,
        /// The same again and again: Keras's `CosineDecayRestarts`.
        cosine_restarts or "cosine_decay_restarts": CosineRestarts,
        /// Up, then far down: PyTorch's `OneCycleLR`.
        one_cycle or "one_cycle_lr": OneCycle,
        /// Given rates, each from an epoch on: Keras's `LearningRateScheduler` with a table.
        table or "learning_rate_scheduler": Table,
    }
}

/// How a stage's learning rate goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Which way.
    pub shape: Shape,
    /// What comes before it.
    pub warmup: Warmup,
}

impl Default for Schedule {
    /// The same rate throughout.
    fn default() -> Self {
        Constant::default().into()
    }
}

impl From<Shape> for Schedule {
    fn from(shape: Shape) -> Self {
        Self { shape, warmup: Warmup::default() }
    }
}

/// From where a schedule counts its steps when it is warmed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It begins when the warm-up is over, and goes as far as the stage still does.
    WarmupEnd,
    /// It names places of the stage, which stay where they are; the warm-up holds back what it says there.
    StageStart,
}

/// A rate as a function of the step.
trait Curve {
    /// From where it counts.
    fn origin(&self) -> Origin {
        Origin::WarmupEnd
    }

    /// The rate of `step`, counted from 0, where the stage's own rate is `rate` and it has `span` to go.
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64;

    /// Fails unless every setting is in its range.
    fn check(&self) -> Result<()>;
}

impl Schedule {
    /// The rate of a stage's `step`, counted in batches from 0: the stage's own rate is `rate`, it has `span` in all.
    pub fn rate(&self, rate: f64, step: u64, span: Span) -> f32 {
        let (step, warmup) = (step as f64, self.warmup.warmup_steps.steps(span));
        let curve = self.shape.curve();
        let rate = match (curve.origin(), step < warmup) {
            (Origin::StageStart, true) => self.warmup.rate(curve.rate(rate, step, span), step / warmup),
            (Origin::StageStart, false) => curve.rate(rate, step, span),
            (Origin::WarmupEnd, true) => self.warmup.rate(rate, step / warmup),
            (Origin::WarmupEnd, false) => curve.rate(rate, step - warmup, span.without(warmup)),
        };
        rate as f32
    }

    /// Whether it lists the rates itself, so that the stage's own rate is at most what it begins with.
    pub fn lists_rates(&self) -> bool {
        matches!(self.shape, Shape::Step(_) | Shape::Table(_))
    }

    /// Fails for a warm-up that is longer than the stage, which has `span` in all: its rate would never be reached.
    ///
    /// # Errors
    /// As said.
    pub fn check_warmup(&self, span: Span) -> Result<()> {
        let (length, warmup) = (self.warmup.warmup_steps, self.warmup.warmup_steps.steps(span));
        match warmup <= span.steps {
            true => Ok(()),
            false => Err(Error::setting(format!(
                "schedule {self}: a warm-up of {length} is {warmup} steps, and the stage has {} in all: give a shorter one",
                span.steps
            ))),
        }
    }

    /// Fails unless every setting is in its range.
    ///
    /// # Errors
    /// One is not; the message says what was expected.
    pub fn check(&self) -> Result<()> {
        self.warmup.check()?;
        self.shape.curve().check()
    }
}

/// Its shape's settings, and those of the warm-up.
impl Named for Schedule {
    const WHAT: &'static str = Shape::WHAT;

    fn find(name: &str) -> Result<Self> {
        Shape::find(name).map(Self::from)
    }

    fn name(&self) -> &'static str {
        self.shape.name()
    }

    fn settings(&mut self) -> Vec<&mut dyn Settings> {
        let mut settings = self.shape.settings();
        settings.push(&mut self.warmup);
        settings
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let schedule: Self = read_named(text)?;
        schedule.check().map_err(|error| error.within(&format!("schedule {text}")))?;
        Ok(schedule)
    }
}

impl fmt::Display for Schedule {
    /// As it is read, with every setting that is not the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self))
    }
}

#[cfg(test)]
mod tests;

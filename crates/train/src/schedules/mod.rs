//! Learning-rate schedules: one file each, pure functions of the step, with Keras's formulas.
//!
//! Written as a name, what matters most about it, and options under Keras's names: `cosine`, `exponential=0.9`,
//! `exponential=0.5,decay_steps=10epochs,staircase`, `one_cycle,warmup_steps=100`. A new schedule is a file with its
//! settings, which implement [`Curve`], and a row in the list below.

mod length;
mod settings;
mod warmup;

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};
pub use length::{Length, Span};
use settings::Settings;
pub use warmup::Warmup;

macro_rules! schedules {
    ($($(#[$doc:meta])* $name:ident: $Settings:ident),* $(,)?) => {
        $(mod $name; pub use $name::$Settings;)*

        /// Which way the rate goes, with its settings.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Shape {
            $($(#[$doc])* $Settings($Settings)),*
        }

        /// Every schedule's name.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Shape {
            fn find(name: &str) -> Result<Self> {
                match name {
                    $(stringify!($name) => Ok(Self::$Settings($Settings::default())),)*
                    _ => Err(Error::unknown("schedule", name, NAMES)),
                }
            }

            /// As it is written.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Settings(_) => stringify!($name)),* }
            }

            fn curve(&self) -> &dyn Curve {
                match self { $(Self::$Settings(settings) => settings),* }
            }

            fn settings(&self) -> &dyn Settings {
                match self { $(Self::$Settings(settings) => settings),* }
            }

            fn settings_mut(&mut self) -> &mut dyn Settings {
                match self { $(Self::$Settings(settings) => settings),* }
            }
        }

        $(impl From<$Settings> for Schedule {
            fn from(settings: $Settings) -> Self {
                Self { shape: Shape::$Settings(settings), warmup: Warmup::default() }
            }
        })*
    };
}

schedules! {
    /// The same rate throughout.
    constant: Constant,
    /// Given rates, each from a step on: Keras's `PiecewiseConstantDecay`.
    step: Step,
    /// Times a factor every so many steps: Keras's `ExponentialDecay`.
    exponential: Exponential,
    /// Down to an end along a power: Keras's `PolynomialDecay`.
    polynomial: Polynomial,
    /// Divided by a number that grows: Keras's `InverseTimeDecay`.
    inverse_time: InverseTime,
    /// Down along half a wave: Keras's `CosineDecay`.
    cosine: Cosine,
    /// The same again and again: Keras's `CosineDecayRestarts`.
    cosine_restarts: CosineRestarts,
    /// Up, then far down: PyTorch's `OneCycleLR`.
    one_cycle: OneCycle,
    /// Given rates, each from an epoch on: Keras's `LearningRateScheduler` with a table.
    table: Table,
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

/// A rate as a function of the step.
trait Curve {
    /// The rate of `step`, counted from 0, where the stage's own rate is `rate` and it has `span` to go.
    fn rate(&self, rate: f64, step: f64, span: Span) -> f64;

    /// Fails unless every setting is in its range.
    fn check(&self) -> Result<()>;
}

impl Schedule {
    /// The rate of a stage's `step`, counted in batches from 0: the stage's own rate is `rate`, it has `span` in all.
    pub fn rate(&self, rate: f64, step: u64, span: Span) -> f32 {
        let (step, warmup) = (step as f64, self.warmup.warmup_steps.steps(span));
        let rate = match step < warmup {
            true => self.warmup.rate(rate, step / warmup),
            false => self.shape.curve().rate(rate, step - warmup, span.without(warmup)),
        };
        rate as f32
    }

    /// Fails unless every setting is in its range.
    ///
    /// # Errors
    /// One is not; the message says what was expected.
    pub fn check(&self) -> Result<()> {
        self.warmup.check()?;
        self.shape.curve().check()
    }

    fn set(&mut self, name: &str, text: Option<&str>) -> Result<()> {
        let (warmup, shape) = (&mut self.warmup as &mut dyn Settings, self.shape.name());
        let settings = self.shape.settings_mut();
        if let Some(result) = settings.set(name, text).or_else(|| warmup.set(name, text)) {
            return result;
        }
        let names: Vec<&str> = settings.names().iter().chain(warmup.names()).copied().collect();
        Err(Error::unknown(&format!("option of the schedule {shape} called"), name, &names))
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let words = text.split(',').map(|word| match word.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (word.trim(), None),
        });
        let mut schedule = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (index, (mut name, value)) in words.enumerate() {
            if index == 0 {
                schedule.shape = Shape::find(name)?;
                if value.is_none() {
                    continue;
                }
                let main = schedule.shape.settings().names().first().copied();
                name =
                    main.ok_or_else(|| Error::setting(format!("schedule {text}: {name} takes no value")))?;
            }
            if seen.contains(&name) {
                return Err(Error::setting(format!("schedule {text}: {name} is given twice")));
            }
            schedule.set(name, value).map_err(|error| error.within(&format!("schedule {text}")))?;
            seen.push(name);
        }
        schedule.check().map_err(|error| error.within(&format!("schedule {text}")))?;
        Ok(schedule)
    }
}

impl fmt::Display for Schedule {
    /// As it is read, with every setting that is not the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape.name())?;
        let words = self.shape.settings().words().into_iter().chain(self.warmup.words());
        words.into_iter().try_for_each(|word| write!(f, ",{word}"))
    }
}

#[cfg(test)]
mod tests;

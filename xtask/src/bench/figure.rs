//! A figure that programs are compared by: where it is found, how it is written, which of two is the better.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measured::Measured;

/// One figure of a task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    /// What it is called behind the task's name; empty if the task has no other.
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) place: Place,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// More is better.
    PicturesPerSecond,
    /// Less is better.
    Seconds,
    /// The share that is right; more is better, and a quotient says nothing.
    Accuracy,
}

/// Where a run's figure is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In the JSON that ends the program's output, by a pointer such as `/test/accuracy`.
    Output(&'static str),
    /// The whole process, from its start to its end.
    WallTime,
}

impl Figure {
    /// Its value in one run.
    ///
    /// # Errors
    /// The program's output does not end in JSON that has it.
    pub(super) fn of(&self, run: &Measured) -> Result<f64> {
        match self.place {
            Place::WallTime => Ok(run.seconds),
            Place::Output(pointer) => {
                let json = run.json()?;
                let value = json.pointer(pointer).and_then(Value::as_f64);
                value.with_context(|| format!("no number at {pointer} in {json}"))
            }
        }
    }
}

impl Unit {
    /// How many times as good `ours` is; `None` where that cannot be said.
    pub(super) fn ratio(self, ours: f64, theirs: f64) -> Option<f64> {
        match self {
            Self::PicturesPerSecond => Some(ours / theirs),
            Self::Seconds => Some(theirs / ours),
            Self::Accuracy => None,
        }
    }

    /// Whether `a` is better than `b`.
    pub(super) fn is_better(self, a: f64, b: f64) -> bool {
        match self {
            Self::PicturesPerSecond | Self::Accuracy => a > b,
            Self::Seconds => a < b,
        }
    }

    /// As a person reads it, with its unit.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::PicturesPerSecond if value < 100.0 => format!("{value:.1} /s"),
            Self::PicturesPerSecond => format!("{value:.0} /s"),
            Self::Seconds if value < 1.0 => format!("{:.0} ms", value * 1000.0),
            Self::Seconds if value < 100.0 => format!("{value:.1} s"),
            Self::Seconds => format!("{value:.0} s"),
            Self::Accuracy => format!("{value:.3}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_one_is_always_in_our_favour() {
        assert_eq!(Unit::PicturesPerSecond.ratio(300.0, 200.0), Some(1.5));
        assert_eq!(Unit::Seconds.ratio(2.0, 3.0), Some(1.5));
        assert_eq!(Unit::Accuracy.ratio(0.9, 0.8), None);
        for unit in [Unit::PicturesPerSecond, Unit::Seconds] {
            let better = |ours, theirs| unit.ratio(ours, theirs).unwrap() > 1.0;
            assert_eq!(unit.is_better(2.0, 3.0), better(2.0, 3.0));
            assert_eq!(unit.is_better(3.0, 2.0), better(3.0, 2.0));
        }
    }

    #[test]
    fn figures_are_written_with_three_digits_or_so() {
        assert_eq!(Unit::PicturesPerSecond.show(41.26), "41.3 /s");
        assert_eq!(Unit::PicturesPerSecond.show(431.6), "432 /s");
        assert_eq!(Unit::Seconds.show(0.1184), "118 ms");
        assert_eq!(Unit::Seconds.show(8.93), "8.9 s");
        assert_eq!(Unit::Seconds.show(136.4), "136 s");
        assert_eq!(Unit::Accuracy.show(0.914_89), "0.915");
    }

    #[test]
    fn a_figure_that_is_missing_is_named() {
        let run =
            Measured { seconds: 2.5, peak_bytes: None, output: "{\"test\": {\"accuracy\": 0.5}}\n".into() };
        let figure = |place| Figure { name: "", unit: Unit::Accuracy, place };
        assert_eq!(figure(Place::Output("/test/accuracy")).of(&run).unwrap(), 0.5);
        assert_eq!(figure(Place::WallTime).of(&run).unwrap(), 2.5);
        let error = figure(Place::Output("/test/loss")).of(&run).unwrap_err().to_string();
        assert!(error.starts_with("no number at /test/loss in {"), "{error}");
    }
}

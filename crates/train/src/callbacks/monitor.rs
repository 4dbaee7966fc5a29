//! One figure of the epochs, which way is better, and the best so far with its weights.

use graph::{Graph, Weights};

use super::{EpochEnd, Rank, Standing, TrainEnd};
use crate::settings::Setting;
use crate::{Error, ErrorKind, Event, Observer, Result, State};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// By the name: a loss should fall, everything else (every metric there is) should rise.
    #[default]
    Auto,
    /// Smaller is better.
    Min,
    /// Larger is better.
    Max,
}

impl Setting for Mode {
    const EXPECTED: &'static str = "auto, min or max";

    fn read(text: Option<&str>) -> Option<Self> {
        match text? {
            "auto" => Some(Self::Auto),
            "min" => Some(Self::Min),
            "max" => Some(Self::Max),
            _ => None,
        }
    }

    fn word(&self, name: &str) -> String {
        let word = match self {
            Self::Auto => "auto",
            Self::Min => "min",
            Self::Max => "max",
        };
        format!("{name}={word}")
    }
}

/// What a callback looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// As `val_loss`.
    pub name: String,
    /// Which way is better.
    pub mode: Mode,
    /// A change must be more than this to count.
    pub min_delta: f64,
}

impl Monitor {
    /// The figure called `name`, its direction by its name; any change counts.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), mode: Mode::Auto, min_delta: 0.0 }
    }

    /// Fails unless the figure is among `names`.
    pub(super) fn check(&self, names: &[&str]) -> Result<()> {
        self.check_delta()?;
        match names.contains(&self.name.as_str()) {
            true => Ok(()),
            false => Err(Error::unknown("figure to monitor called", &self.name, names)),
        }
    }

    /// Fails for a smallest change that no change reaches: figures but losses lie between 0 and 1.
    ///
    /// # Errors
    /// As said.
    pub fn check_delta(&self) -> Result<()> {
        let Self { name, min_delta, .. } = self;
        let expected = if !min_delta.is_finite() {
            "a finite figure"
        } else if !is_loss(name) && min_delta.abs() >= 1.0 {
            "less than 1, for the figure lies between 0 and 1"
        } else {
            return Ok(());
        };
        Err(Error::setting(format!("min_delta of {name}: expected {expected}, received {min_delta}")))
    }

    /// Whether `value` is better than `best` by more than the smallest change that counts. NaN never is.
    pub fn is_better(&self, value: f64, best: Option<f64>) -> bool {
        let Some(best) = best else { return !value.is_nan() };
        match self.mode {
            Mode::Min => value + self.min_delta.abs() < best,
            Mode::Max => value - self.min_delta.abs() > best,
            Mode::Auto => self.directed().is_better(value, Some(best)),
        }
    }

    fn directed(&self) -> Self {
        let mode = if is_loss(&self.name) { Mode::Min } else { Mode::Max };
        Self { mode, ..self.clone() }
    }
}

/// Whether the figure of this name is a loss, which has no upper bound; every metric lies between 0 and 1.
pub(super) fn is_loss(name: &str) -> bool {
    name.ends_with("loss")
}

/// The best epoch that a monitor has seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Best {
    epoch: usize,
    standing: Option<Standing>,
    weights: Option<Weights>,
}

/// Whether the best epoch's weights are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remember {
    Weights,
    ValueOnly,
}

impl Best {
    /// Takes the epoch for the best one if it is better, or as good with a smaller loss; which of these it is.
    pub(super) fn offer(&mut self, monitor: &Monitor, end: &EpochEnd<'_>, remember: Remember) -> Rank {
        let Some(standing) = Standing::of(&end.record.scores, monitor) else { return Rank::NoBetter };
        let rank = monitor.rank(standing, self.standing);
        if rank != Rank::NoBetter {
            self.epoch = end.record.epoch;
            self.standing = Some(standing);
            self.weights = (remember == Remember::Weights).then(|| end.weights.clone());
        }
        rank
    }

    pub(super) fn value(&self) -> Option<f64> {
        self.standing.map(|standing| standing.value)
    }

    /// Forgets an epoch of another model.
    pub(super) fn forget_unless_of(&mut self, graph: &Graph) {
        if self.weights.as_ref().is_some_and(|weights| weights.check(graph).is_err()) {
            *self = Self::default();
        }
    }

    /// All of it.
    pub(super) fn state(&self) -> State {
        let mut state = State::default();
        let seen = self.standing.map(|Standing { value, loss }| [value, loss]);
        state.put_numbers("best", seen.as_ref().map_or(&[], <[f64; 2]>::as_slice));
        state.put_numbers("best epoch", &[self.epoch as f64]);
        state.put_values("best weights", self.weights.as_ref().map_or(&[], Weights::as_slice));
        state
    }

    /// What [`Best::state`] gave, of a model with `graph`.
    pub(super) fn restore_from(&mut self, state: &State, graph: &Graph) -> Result<()> {
        let [epoch] = state.array("best epoch")?;
        let standing = match *state.numbers("best")? {
            [] => None,
            [value, loss] => Some(Standing { value, loss }),
            _ => {
                return Err(Error::new(ErrorKind::Model, "the best epoch's figures are of another training"));
            }
        };
        let weights = match state.values("best weights")? {
            [] => None,
            values => {
                let mut weights = Weights::zeros(graph);
                if weights.as_slice().len() != values.len() {
                    return Err(Error::new(ErrorKind::Model, "the best weights are of another model"));
                }
                weights.as_mut_slice().copy_from_slice(values);
                Some(weights)
            }
        };
        *self = Self { epoch: epoch as usize, standing, weights };
        Ok(())
    }

    /// Puts the best epoch's weights in place, if they are remembered and no callback before has chosen others.
    pub(super) fn restore(&self, monitor: &Monitor, end: &mut TrainEnd<'_>, observer: &mut Observer<'_>) {
        let (Some(value), Some(weights), None) = (self.value(), &self.weights, &end.best_epoch) else {
            return;
        };
        *end.best_epoch = Some(self.epoch);
        if end.weights == weights {
            return;
        }
        end.weights.clone_from(weights);
        observer(Event::Restored { epoch: self.epoch, monitor: &monitor.name, value });
    }
}

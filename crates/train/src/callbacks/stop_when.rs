//! Ends a training that has reached what was asked for, or that diverges: `val_recall>=0.95`, `diverged=3,patience=2`.

use std::fmt;
use std::str::FromStr;

use graph::{Graph, Weights};

use super::monitor::is_loss;
use super::objective::Objective;
use super::{BatchEnd, Callback, EpochEnd, Flow, TrainBegin, TrainEnd};
use crate::error::expected;
use crate::settings::{self, Named, Settings};
use crate::{Ended, EpochRecord, Error, Event, Observer, Result, State};

settings::settings! {
    /// `diverged`: for `patience` epochs in a row the loss is no number, or larger both than `factor` times the
    /// smallest of the stage's epochs so far and than that of its first batch, before anything was learned. So a loss
    /// that is small and jumps about does not count. A training loss that is no number ends a training at once,
    /// with or without this.
    Divergence {
        /// How many times the smallest loss is too large.
        factor: f64 = 3.0,
        /// Epochs in a row.
        patience: usize = 2,
        /// Which loss.
        monitor: String = "loss".to_owned(),
    }
}

impl Divergence {
    /// How an epoch's `loss` is too large, beside the smallest so far and that of the stage's first batch; `None` where
    /// it is not.
    fn too_large(&self, loss: f64, smallest: f64, first: Option<f64>) -> Option<String> {
        let Self { factor, monitor, .. } = self;
        if !loss.is_finite() {
            return Some(format!("{monitor} is {loss}"));
        }
        let is_small = loss <= factor * smallest || first.is_some_and(|first| loss <= first);
        (!is_small)
            .then(|| format!("{monitor} {loss:.4} is more than {factor} times {smallest:.4}, its smallest"))
    }
}

impl Named for Divergence {
    const WHAT: &'static str = "objective";

    fn find(name: &str) -> Result<Self> {
        match name {
            DIVERGED => Ok(Self::default()),
            _ => Err(Error::setting(format!(
                "there is no objective {name}; expected a figure and its bound in quotes, as \"val_recall>=0.95\" (without \
                 them, a shell takes what stands behind > for a file), or {DIVERGED}"
            ))),
        }
    }

    fn name(&self) -> &'static str {
        DIVERGED
    }

    fn settings(&mut self) -> Vec<&mut dyn Settings> {
        vec![self]
    }
}

const DIVERGED: &str = "diverged";

/// When a training is to end.
#[derive(Debug, Clone, PartialEq)]
enum When {
    Reached(Objective),
    Diverges(Divergence),
}

/// Ends the training when its objective is reached, whose epoch's weights then stay; or when it diverges.
#[derive(Debug, Clone)]
pub struct StopWhen {
    when: When,
    /// The epoch that reached the objective, and its weights.
    reached: Option<(usize, Weights)>,
    /// The loss of the stage's first batch.
    first: Option<f64>,
    /// The smallest loss of its epochs.
    least: Option<f64>,
    /// Epochs in a row that were too large.
    wait: usize,
}

impl StopWhen {
    /// Ends a training that diverges.
    ///
    /// # Errors
    /// A setting is out of range.
    pub fn diverges(divergence: Divergence) -> Result<Self> {
        if divergence.factor.is_nan() || divergence.factor < 1.0 {
            return Err(expected("diverged's factor", "1 or more", divergence.factor));
        }
        match divergence.patience {
            0 => Err(expected("diverged's patience", "1 or more", 0.0)),
            _ => Ok(Self::new(When::Diverges(divergence))),
        }
    }

    fn new(when: When) -> Self {
        Self { when, reached: None, first: None, least: None, wait: 0 }
    }

    /// What the figures of an epoch say: why the training ends, if it does.
    fn look(&mut self, end: &EpochEnd<'_>) -> Option<Ended> {
        let Self { when, reached, first, least, wait } = self;
        let EpochRecord { epoch, scores, learning_rate, .. } = end.record;
        match when {
            When::Reached(objective) => {
                let figures = objective.reached(scores)?;
                *reached = Some((*epoch, end.weights.clone()));
                Some(Ended::Reached(format!("{objective} is reached in epoch {epoch} ({figures})")))
            }
            When::Diverges(divergence) => {
                let loss = scores.get(&divergence.monitor)?;
                let smallest = least.unwrap_or(f64::INFINITY);
                let Some(how) = divergence.too_large(loss, smallest, *first) else {
                    (*least, *wait) = (Some(loss.min(smallest)), 0);
                    return None;
                };
                *wait += 1;
                (*wait >= divergence.patience).then(|| {
                    Ended::Diverged(format!(
                        "epoch {epoch}: the training diverges: {how}; a smaller learning rate than {learning_rate} may help"
                    ))
                })
            }
        }
    }
}

impl FromStr for StopWhen {
    type Err = Error;

    /// A figure and its bound, several joined by `and`; or `diverged`, with its settings if wanted.
    fn from_str(text: &str) -> Result<Self> {
        match text.contains(['<', '>', '≥', '≤']) {
            true => Ok(Self::new(When::Reached(text.parse()?))),
            false => Self::diverges(settings::read_named(text)?),
        }
    }
}

impl fmt::Display for StopWhen {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.when {
            When::Reached(objective) => objective.fmt(f),
            When::Diverges(divergence) => f.write_str(&settings::written(divergence)),
        }
    }
}

impl Callback for StopWhen {
    fn name(&self) -> &'static str {
        "StopWhen"
    }

    fn check(&self, names: &[&str]) -> Result<()> {
        let wanted = match &self.when {
            When::Reached(objective) => objective.names(),
            When::Diverges(divergence) => vec![divergence.monitor.as_str()],
        };
        if let Some(unknown) = wanted.into_iter().find(|name| !names.contains(name)) {
            let what = format!("figure for the objective {self} called");
            return Err(Error::unknown(&what, unknown, names));
        }
        match &self.when {
            When::Reached(objective) => objective.check_bounds(),
            When::Diverges(Divergence { monitor, .. }) if is_loss(monitor) => Ok(()),
            When::Diverges(Divergence { monitor, .. }) => Err(Error::setting(format!(
                "diverged's monitor: expected loss or val_loss, received {monitor}"
            ))),
        }
    }

    /// Each stage starts anew: another one may begin from a larger loss.
    fn on_train_begin(&mut self, _begin: &TrainBegin<'_>) -> Result<()> {
        *self = Self::new(self.when.clone());
        Ok(())
    }

    fn state(&self) -> State {
        let mut state = State::default();
        state.put_numbers("first", self.first.as_slice());
        state.put_numbers("least", self.least.as_slice());
        state.put_numbers("wait", &[self.wait as f64]);
        state
    }

    fn restore(&mut self, state: &State, _graph: &Graph) -> Result<()> {
        let [wait] = state.array("wait")?;
        let number = |name| Ok::<_, Error>(state.numbers(name)?.first().copied());
        (self.first, self.least, self.wait) = (number("first")?, number("least")?, wait as usize);
        Ok(())
    }

    fn on_batch_end(&mut self, batch: &BatchEnd) -> Flow {
        self.first.get_or_insert(batch.loss);
        Flow::Continue(())
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, _observer: &mut Observer<'_>) -> Result<Flow> {
        Ok(self.look(end).map_or(Flow::Continue(()), Flow::Break))
    }

    fn on_train_end(&mut self, end: &mut TrainEnd<'_>, observer: &mut Observer<'_>) -> Result<()> {
        if let (Some((epoch, weights)), None) = (self.reached.take(), &end.best_epoch) {
            end.weights.clone_from(&weights);
            *end.best_epoch = Some(epoch);
            observer(Event::Notice(&format!("the weights of epoch {epoch} are kept, which reached {self}")));
        }
        Ok(())
    }
}

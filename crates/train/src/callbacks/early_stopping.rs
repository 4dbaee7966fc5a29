//! Ends a training that has stopped getting better, and goes back to its best epoch: Keras's `EarlyStopping`.

use graph::Graph;

use super::monitor::{Best, Remember};
use super::{Callback, EpochEnd, Flow, Monitor, Rank, TrainBegin, TrainEnd};
use crate::{Ended, Observer, Result, State};

/// Which weights a model has when its training is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restore {
    /// The last epoch's.
    #[default]
    Last,
    /// The best epoch's, of all stages that the callback has seen; of equals the one with the smallest loss ([`Rank`]).
    Best,
}

/// Ends the training after `patience` epochs without an improvement.
#[derive(Debug, Clone)]
pub struct EarlyStopping {
    /// What should improve.
    pub monitor: Monitor,
    /// Epochs without improvement that are borne, by stages that do not say it themselves.
    pub patience: usize,
    /// Which weights stay.
    pub restore: Restore,
    /// Epochs at the beginning that are not looked at.
    pub start_from_epoch: usize,
    best: Best,
    wait: usize,
    /// Of the stage under way.
    borne: usize,
}

impl EarlyStopping {
    /// Keras's defaults but for `patience`: the last weights stay, from the first epoch on.
    pub fn new(monitor: Monitor, patience: usize) -> Self {
        let (restore, best) = (Restore::default(), Best::default());
        Self { monitor, patience, restore, start_from_epoch: 0, best, wait: 0, borne: patience }
    }

    /// With Keras's `restore_best_weights=True`.
    pub fn restoring_best(self) -> Self {
        Self { restore: Restore::Best, ..self }
    }
}

impl Callback for EarlyStopping {
    fn name(&self) -> &'static str {
        "EarlyStopping"
    }

    fn check(&self, names: &[&str]) -> Result<()> {
        self.monitor.check(names)
    }

    fn on_train_begin(&mut self, begin: &TrainBegin<'_>) -> Result<()> {
        self.wait = 0;
        self.borne = begin.patience.unwrap_or(self.patience);
        self.best.forget_unless_of(begin.graph);
        Ok(())
    }

    fn state(&self) -> State {
        let mut state = self.best.state();
        state.put_numbers("wait", &[self.wait as f64]);
        state
    }

    fn restore(&mut self, state: &State, graph: &Graph) -> Result<()> {
        let [wait] = state.array("wait")?;
        self.wait = wait as usize;
        self.best.restore_from(state, graph)
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, _observer: &mut Observer<'_>) -> Result<Flow> {
        let epoch = end.record.epoch;
        if epoch <= self.start_from_epoch {
            return Ok(Flow::Continue(()));
        }
        let remember = if self.restore == Restore::Best { Remember::Weights } else { Remember::ValueOnly };
        self.wait += 1;
        // One that is as good with a smaller loss is kept, and awaited no longer than in Keras.
        if self.best.offer(&self.monitor, end, remember) == Rank::Better {
            self.wait = 0;
        }
        // Keras never stops after the very first epoch, whatever the patience.
        if self.wait < self.borne.max(1) || epoch == 1 {
            return Ok(Flow::Continue(()));
        }
        let name = &self.monitor.name;
        let best = self.best.value().map_or_else(String::new, |best| format!(" than {best:.4}"));
        let epochs = if self.wait == 1 { "epoch".to_owned() } else { format!("{} epochs", self.wait) };
        let why = format!("{name} has not become better{best} in the last {epochs}");
        Ok(Flow::Break(Ended::StoppedEarly(why)))
    }

    fn on_train_end(&mut self, end: &mut TrainEnd<'_>, observer: &mut Observer<'_>) -> Result<()> {
        self.best.restore(&self.monitor, end, observer);
        Ok(())
    }
}

//! A smaller learning rate where a figure has stopped getting better: Keras's `ReduceLROnPlateau`.

use graph::Graph;

use super::{Callback, EpochEnd, Flow, Monitor, TrainBegin};
use crate::error::expected;
use crate::settings::{self, Settings, assign};
use crate::{Event, Observer, Result, State};

/// Multiplies the learning rate by `factor` after `patience` epochs without an improvement.
#[derive(Debug, Clone, PartialEq)]
pub struct ReduceLrOnPlateau {
    /// What should improve.
    pub monitor: Monitor,
    /// By what the rate is multiplied.
    pub factor: f64,
    /// Epochs without improvement that are borne.
    pub patience: usize,
    /// Epochs after a reduction that do not count.
    pub cooldown: usize,
    /// The rate does not fall below it.
    pub min_lr: f64,
    /// What it has seen.
    pub state: PlateauState,
}

/// What the callback remembers from epoch to epoch: with it, a stage goes on as if it had not been left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlateauState {
    /// The best value so far.
    pub best: Option<f64>,
    /// Epochs without an improvement.
    pub wait: usize,
    /// Epochs that still do not count.
    pub cooldown_left: usize,
    /// The product of all reductions.
    pub scale: f64,
}

impl Default for PlateauState {
    /// Nothing seen yet.
    fn default() -> Self {
        Self { best: None, wait: 0, cooldown_left: 0, scale: 1.0 }
    }
}

impl ReduceLrOnPlateau {
    /// Looks at the figure called `name`, with Keras's defaults: a tenth after 10 epochs without a change of more than
    /// 0.0001.
    pub fn new(name: impl Into<String>) -> Self {
        let monitor = Monitor { min_delta: 1e-4, ..Monitor::new(name) };
        Self { monitor, factor: 0.1, patience: 10, cooldown: 0, min_lr: 0.0, state: PlateauState::default() }
    }

    /// What `text` means: settings under Keras's names, as `factor=0.5,patience=3`; those that it leaves out are
    /// Keras's, and the figure is that of `monitor`.
    ///
    /// # Errors
    /// There is no such setting, and the message lists those that exist; or one is out of range.
    pub fn parse(text: &str, monitor: &Monitor) -> Result<Self> {
        let mut plateau = Self::new(&monitor.name);
        plateau.monitor.mode = monitor.mode;
        settings::read_options("ReduceLROnPlateau", text, &mut plateau)?;
        plateau.check_ranges()?;
        Ok(plateau)
    }

    fn check_ranges(&self) -> Result<()> {
        if !(self.factor >= 0.0 && self.factor < 1.0) {
            return Err(expected("factor", "0 or more and less than 1", self.factor));
        }
        if self.factor == 0.0 && self.min_lr == 0.0 {
            return Err(expected("factor", "more than 0, for nothing learns at a rate of 0", self.factor));
        }
        match self.min_lr >= 0.0 && self.min_lr.is_finite() {
            true => Ok(()),
            false => Err(expected("min_lr", "0 or more", self.min_lr)),
        }
    }

    /// Counts an epoch; whether the rate is to fall.
    fn count(&mut self, value: f64) -> bool {
        let state = &mut self.state;
        if state.cooldown_left > 0 {
            state.cooldown_left -= 1;
            state.wait = 0;
        }
        if self.monitor.is_better(value, state.best) {
            state.best = Some(value);
            state.wait = 0;
        } else if state.cooldown_left == 0 {
            state.wait += 1;
        }
        state.cooldown_left == 0 && state.wait > 0 && state.wait >= self.patience
    }
}

impl Settings for ReduceLrOnPlateau {
    fn names(&self) -> &'static [&'static str] {
        &["factor", "patience", "monitor", "mode", "min_delta", "cooldown", "min_lr"]
    }

    fn set(&mut self, name: &str, text: Option<&str>) -> Option<Result<()>> {
        Some(match name {
            "factor" => assign(&mut self.factor, name, text),
            "patience" => assign(&mut self.patience, name, text),
            "monitor" => assign(&mut self.monitor.name, name, text),
            "mode" => assign(&mut self.monitor.mode, name, text),
            "min_delta" => assign(&mut self.monitor.min_delta, name, text),
            "cooldown" => assign(&mut self.cooldown, name, text),
            "min_lr" => assign(&mut self.min_lr, name, text),
            _ => return None,
        })
    }
}

impl Callback for ReduceLrOnPlateau {
    fn name(&self) -> &'static str {
        "ReduceLROnPlateau"
    }

    fn check(&self, names: &[&str]) -> Result<()> {
        self.monitor.check(names)?;
        self.check_ranges()
    }

    /// Each stage starts anew, as Keras's `fit` does.
    fn on_train_begin(&mut self, _begin: &TrainBegin<'_>) -> Result<()> {
        self.state = PlateauState::default();
        Ok(())
    }

    fn state(&self) -> State {
        let PlateauState { best, wait, cooldown_left, scale } = self.state;
        let mut state = State::default();
        state.put_numbers("best", best.as_slice());
        state.put_numbers("wait", &[wait as f64, cooldown_left as f64, scale]);
        state
    }

    fn restore(&mut self, state: &State, _graph: &Graph) -> Result<()> {
        let [wait, cooldown_left, scale] = state.array("wait")?;
        let best = state.numbers("best")?.first().copied();
        self.state = PlateauState { best, wait: wait as usize, cooldown_left: cooldown_left as usize, scale };
        Ok(())
    }

    fn learning_rate(&self, rate: f32) -> f32 {
        match self.state.scale == 1.0 {
            true => rate,
            // A schedule may go below the least rate by itself.
            false => (f64::from(rate) * self.state.scale).max(self.min_lr.min(rate.into())) as f32,
        }
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, observer: &mut Observer<'_>) -> Result<Flow> {
        let Some(value) = end.record.scores.get(&self.monitor.name) else { return Ok(Flow::Continue(())) };
        let rate = f64::from(end.record.learning_rate);
        if self.count(value) && rate > f64::from(self.min_lr as f32) {
            self.state.scale *= self.factor;
            self.state.cooldown_left = self.cooldown;
            self.state.wait = 0;
            let reduced = (rate * self.factor).max(self.min_lr);
            let name = &self.monitor.name;
            observer(Event::Notice(&format!(
                "{name} has stopped getting better, so the learning rate falls from {rate:.3e} to {reduced:.3e}"
            )));
        }
        Ok(Flow::Continue(()))
    }
}

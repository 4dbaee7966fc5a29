//! Saves the model after epochs: Keras's `ModelCheckpoint`. In which format is the caller's affair.

use std::path::{Path, PathBuf};

use graph::{Graph, Weights};

use super::file_name::FileName;
use super::monitor::{Best, Remember};
use super::{Callback, EpochEnd, Flow, Monitor, Rank, Restore, TrainBegin, TrainEnd};
use crate::error::expected;
use crate::{Error, Event, Observer, Result, State};

/// Something that can save a model, such as a closure around a format's writer.
pub trait Store: Send {
    /// Saves to `path`, whole or not at all.
    ///
    /// # Errors
    /// Anything: it ends the training, with its message.
    fn save(&mut self, path: &Path, graph: &Graph, weights: &Weights) -> std::result::Result<(), StoreError>;
}

/// Why a model could not be saved.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

impl<F> Store for F
where
    F: FnMut(&Path, &Graph, &Weights) -> std::result::Result<(), StoreError> + Send,
{
    fn save(&mut self, path: &Path, graph: &Graph, weights: &Weights) -> std::result::Result<(), StoreError> {
        self(path, graph, weights)
    }
}

/// Which epochs are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Every one: Keras's default.
    #[default]
    EveryEpoch,
    /// Every nth one, counted from the training's first.
    EveryNth(usize),
    /// Those that are better than all before, in all stages: Keras's `save_best_only=True`. And those that are as good
    /// as the best with a smaller loss.
    BestOnly,
}

/// Saves the model after epochs.
pub struct ModelCheckpoint {
    /// What the best epoch is best in.
    pub monitor: Monitor,
    /// Which epochs are saved.
    pub keep: Keep,
    /// Which weights stay when the training is over; Keras leaves the last.
    pub restore: Restore,
    file: FileName,
    best: Best,
    store: Box<dyn Store>,
}

impl ModelCheckpoint {
    /// Saves through `store` to `file`, whose name may hold figures as Keras writes them:
    /// `checkpoints/{epoch:02d}-{val_loss:.2f}.keras`.
    ///
    /// # Errors
    /// The braces in `file` can't be read.
    pub fn new(file: impl AsRef<Path>, monitor: Monitor, keep: Keep, store: Box<dyn Store>) -> Result<Self> {
        let file = FileName::parse(file.as_ref())?;
        Ok(Self { monitor, keep, restore: Restore::Last, file, best: Best::default(), store })
    }

    /// Puts the best epoch's weights in place when the training is over.
    pub fn restoring_best(self) -> Self {
        Self { restore: Restore::Best, ..self }
    }

    fn save(&mut self, end: &EpochEnd<'_>) -> Result<PathBuf> {
        let path = self.file.of(end.record)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::create_folder(folder)?;
        }
        let saved = self.store.save(&path, end.graph, end.weights);
        saved.map_err(|error| {
            Error::file(format!("the model was not saved to {}: {error}", path.display()))
        })?;
        Ok(path)
    }
}

impl Callback for ModelCheckpoint {
    fn name(&self) -> &'static str {
        "ModelCheckpoint"
    }

    fn check(&self, names: &[&str]) -> Result<()> {
        self.file.check(names)?;
        match (self.keep, self.restore) {
            (Keep::EveryNth(0), _) => {
                Err(expected("epochs from one checkpoint to the next", "1 or more", 0.0))
            }
            (Keep::EveryEpoch | Keep::EveryNth(_), Restore::Last) => Ok(()),
            _ => self.monitor.check(names),
        }
    }

    fn on_train_begin(&mut self, begin: &TrainBegin<'_>) -> Result<()> {
        self.best.forget_unless_of(begin.graph);
        Ok(())
    }

    fn state(&self) -> State {
        self.best.state()
    }

    fn restore(&mut self, state: &State, graph: &Graph) -> Result<()> {
        self.best.restore_from(state, graph)
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, observer: &mut Observer<'_>) -> Result<Flow> {
        let remember = if self.restore == Restore::Best { Remember::Weights } else { Remember::ValueOnly };
        let improves = self.best.offer(&self.monitor, end, remember) != Rank::NoBetter;
        let is_due = match self.keep {
            Keep::EveryEpoch => true,
            Keep::EveryNth(epochs) => end.record.epoch.is_multiple_of(epochs),
            Keep::BestOnly => improves,
        };
        if is_due {
            let path = self.save(end)?;
            let improved = self.best.value().filter(|_| self.keep == Keep::BestOnly);
            let improved = improved.map(|value| (self.monitor.name.as_str(), value));
            observer(Event::Saved { path: &path, improved });
        }
        Ok(Flow::Continue(()))
    }

    fn on_train_end(&mut self, end: &mut TrainEnd<'_>, observer: &mut Observer<'_>) -> Result<()> {
        self.best.restore(&self.monitor, end, observer);
        Ok(())
    }
}

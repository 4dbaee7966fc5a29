//! Saves the model after epochs: Keras's `ModelCheckpoint`. In which format is the caller's affair.

use std::path::{Path, PathBuf};

use graph::{Graph, Weights};

use super::file_name::FileName;
use super::monitor::{Best, Remember};
use super::{Callback, EpochEnd, Flow, Monitor, Rank, Restore, TrainBegin, TrainEnd};
use crate::error::expected;
use crate::{EpochRecord, Error, Event, Observer, Result, State};

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
    /// Which weights stay when the training is over; Keras leaves the last.
    pub restore: Restore,
    /// Each with the epochs that are saved there.
    files: Vec<(FileName, Keep)>,
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
        let files = Vec::new();
        Self { monitor, restore: Restore::Last, files, best: Best::default(), store }.also(file, keep)
    }

    /// Saves epochs to another file too. What it remembers is the same with more files or fewer, so that a training that
    /// was left may go on with others.
    ///
    /// # Errors
    /// As [`ModelCheckpoint::new`].
    pub fn also(mut self, file: impl AsRef<Path>, keep: Keep) -> Result<Self> {
        self.files.push((FileName::parse(file.as_ref())?, keep));
        Ok(self)
    }

    /// Puts the best epoch's weights in place when the training is over.
    pub fn restoring_best(self) -> Self {
        Self { restore: Restore::Best, ..self }
    }

    fn save(&mut self, path: &Path, end: &EpochEnd<'_>) -> Result<()> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::create_folder(folder)?;
        }
        let saved = self.store.save(path, end.graph, end.weights);
        saved.map_err(|error| Error::file(format!("the model was not saved to {}: {error}", path.display())))
    }

    /// The files that this epoch is saved to.
    fn due(&self, record: &EpochRecord, improves: bool) -> Result<Vec<(PathBuf, Keep)>> {
        let is_due = |keep: Keep| match keep {
            Keep::EveryEpoch => true,
            Keep::EveryNth(epochs) => record.epoch.is_multiple_of(epochs),
            Keep::BestOnly => improves,
        };
        let due = self.files.iter().filter(|(_, keep)| is_due(*keep));
        due.map(|(file, keep)| Ok((file.of(record)?, *keep))).collect()
    }
}

impl Callback for ModelCheckpoint {
    fn name(&self) -> &'static str {
        "ModelCheckpoint"
    }

    fn check(&self, names: &[&str]) -> Result<()> {
        for (file, keep) in &self.files {
            file.check(names)?;
            match (keep, self.restore) {
                (Keep::EveryNth(0), _) => {
                    return Err(expected("epochs from one checkpoint to the next", "1 or more", 0.0));
                }
                (Keep::EveryEpoch | Keep::EveryNth(_), Restore::Last) => {}
                _ => self.monitor.check(names)?,
            }
        }
        Ok(())
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
        for (path, keep) in self.due(end.record, improves)? {
            self.save(&path, end)?;
            let improved = self.best.value().filter(|_| keep == Keep::BestOnly);
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

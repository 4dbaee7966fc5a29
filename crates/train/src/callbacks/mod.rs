//! Callbacks, under Keras's names: one file each. They see every epoch and may end the training.
//!
//! One that is handed to several stages carries its state over: the best of both stages is kept.

use std::ops::ControlFlow;

use graph::{Graph, Weights};

use crate::{Ended, EpochRecord, Observer, Predictions, Result, State};

mod csv_logger;
mod early_stopping;
mod file_name;
mod model_checkpoint;
mod monitor;
mod objective;
mod reduce_lr_on_plateau;
mod standing;
mod stop_when;
mod tensor_board;
mod terminate_on_nan;

pub use csv_logger::{CsvLogger, Existing};
pub use early_stopping::{EarlyStopping, Restore};
pub use model_checkpoint::{Keep, ModelCheckpoint, Store, StoreError};
pub use monitor::{Mode, Monitor};
pub use reduce_lr_on_plateau::{PlateauState, ReduceLrOnPlateau};
pub use standing::{Rank, Standing};
pub use stop_when::{Divergence, StopWhen};
pub use tensor_board::{Draw, HyperParameter, Picture, TensorBoard, TensorBoardFolder};
pub use terminate_on_nan::TerminateOnNan;

/// Whether training goes on, or how it ends.
pub type Flow = ControlFlow<Ended>;

/// Something that watches a training. Every method does nothing unless it is written.
pub trait Callback: Send {
    /// Keras's class name.
    fn name(&self) -> &'static str;

    /// Before the first step, with the names of the figures that epochs will have: fails where one is missing.
    ///
    /// # Errors
    /// A name that the callback needs is not among `names`.
    fn check(&self, _names: &[&str]) -> Result<()> {
        Ok(())
    }

    /// What it remembers from epoch to epoch, for a training that is left and gone on with.
    fn state(&self) -> State {
        State::default()
    }

    /// Remembers what another one did, which had the same settings; after [`Callback::on_train_begin`].
    ///
    /// # Errors
    /// `state` is another callback's.
    fn restore(&mut self, _state: &State, _graph: &Graph) -> Result<()> {
        Ok(())
    }

    /// A stage begins.
    ///
    /// # Errors
    /// What the callback needs can't be had.
    fn on_train_begin(&mut self, _begin: &TrainBegin<'_>) -> Result<()> {
        Ok(())
    }

    /// The rate of a step for which the stage's schedule, and the callbacks before, say `rate`.
    fn learning_rate(&self, rate: f32) -> f32 {
        rate
    }

    /// A forward gave this mean loss; the weights have not changed yet.
    fn on_batch_end(&mut self, _batch: &BatchEnd) -> Flow {
        Flow::Continue(())
    }

    /// An epoch and its validation are over.
    ///
    /// # Errors
    /// A file can't be written.
    fn on_epoch_end(&mut self, _end: &EpochEnd<'_>, _observer: &mut Observer<'_>) -> Result<Flow> {
        Ok(Flow::Continue(()))
    }

    /// The stage is over, however it ended.
    ///
    /// # Errors
    /// A file can't be written.
    fn on_train_end(&mut self, _end: &mut TrainEnd<'_>, _observer: &mut Observer<'_>) -> Result<()> {
        Ok(())
    }
}

/// What a callback sees when a stage begins.
pub struct TrainBegin<'a> {
    /// The model.
    pub graph: &'a Graph,
    /// Epochs before: those of other stages, and those that this one had before it was left.
    pub first_epoch: usize,
    /// Epochs without improvement that the stage bears, where it says so itself.
    pub patience: Option<usize>,
}

/// What a callback sees after a batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchEnd {
    /// The epoch's number from 1.
    pub epoch: usize,
    /// The batch's number in the epoch, from 1.
    pub step: usize,
    /// Mean over the batch.
    pub loss: f64,
    /// The optimizer's step size.
    pub learning_rate: f32,
}

/// What a callback sees after an epoch.
pub struct EpochEnd<'a> {
    /// The epoch's figures.
    pub record: &'a EpochRecord,
    /// The model.
    pub graph: &'a Graph,
    /// Its weights after the epoch.
    pub weights: &'a Weights,
    /// What it said of the validation pictures; none without such pictures.
    pub validation: Option<&'a Predictions>,
}

/// What a callback sees, and may change, when a stage is over.
pub struct TrainEnd<'a> {
    /// The model.
    pub graph: &'a Graph,
    /// Its weights, which stay.
    pub weights: &'a mut Weights,
    /// The epoch that they are of, when a callback chose the best one's.
    pub best_epoch: &'a mut Option<usize>,
}

#[cfg(test)]
mod tests;

//! Training: [`fit`], and what it is given: losses, metrics, optimizers, schedules, callbacks, stages.
//!
//! It prints nothing: an observer gets [`Event`]s. It knows no model format: what saves a model is given to it.
//! Everything is a pure function of the seed and the step's number, never of the clock or the number of threads.

pub mod callbacks;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod schedules;

mod answer;
mod backup;
mod beginning;
mod check;
mod checkpoint;
mod course;
mod error;
mod evaluate;
mod event;
mod fault;
mod feed;
mod fit;
mod frozen_base;
#[cfg(test)]
mod golden;
mod history;
mod kept_features;
mod learner;
mod model;
mod predict;
mod progress;
mod scores;
mod settings;
mod stage;
mod state;
mod task;
mod truth;
mod watchers;
mod weighting;

pub use answer::Answer;
pub use backup::{Backup, BackupAndRestore};
pub use course::{MOST_PICTURES_PER_EPOCH, pictures_per_epoch};
pub use error::{Error, ErrorKind, Result};
pub use evaluate::evaluate;
pub use event::{Event, Observer, Part};
pub use fit::{Runtime, fit};
pub use frozen_base::kept_layer;
pub use history::{Ended, EpochRecord, History, Seconds};
pub use kept_features::{KeptFeatures, feature_bytes};
pub use model::Model;
pub use predict::{Predictions, predict};
pub use scores::Scores;
pub use stage::{Data, FEATURE_MEMORY, Stage};
pub use state::State;

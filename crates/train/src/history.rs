//! What a stage of training leaves behind: a record an epoch, how it ended, where the time went.

use std::time::Instant;

use crate::Scores;

/// One epoch, its validation included.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochRecord {
    /// Its number from 1, going on from stage to stage.
    pub epoch: usize,
    /// The stage's name.
    pub stage: String,
    /// The optimizer's step size in its last step.
    pub learning_rate: f32,
    /// `loss`, the metrics, and with validation `val_loss` and so on: means over the epoch's pictures.
    pub scores: Scores,
    /// How long it took.
    pub seconds: f64,
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// After all its epochs.
    Finished,
    /// A callback ended it: why.
    StoppedEarly(String),
    /// What was asked for is reached, so that no stage is to follow: what, and how well.
    Reached(String),
    /// It was stopped from outside.
    Interrupted,
    /// The loss of a batch became infinite or no number, within the epoch after those that were finished, and earlier
    /// weights were put back: why.
    NotANumber(String),
    /// The loss grew beyond bounds that were set, as the last finished epoch shows, and no stage is to follow: why.
    Diverged(String),
}

/// What a stage did.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The epochs that were finished, in order.
    pub epochs: Vec<EpochRecord>,
    /// How it ended.
    pub ended: Ended,
    /// The epoch whose weights the model has, when a callback chose the best one's; it may be of an earlier stage.
    pub best_epoch: Option<usize>,
    /// Where the time went.
    pub seconds: Seconds,
}

/// Seconds spent, by what they were spent on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    /// The features of a frozen base, computed once.
    pub features: f64,
    /// Waiting for pictures to be decoded and augmented.
    pub waiting: f64,
    /// Forward in training, with loss and metrics.
    pub forward: f64,
    /// Backward.
    pub backward: f64,
    /// The optimizer.
    pub update: f64,
    /// Validation after each epoch.
    pub validation: f64,
    /// Callbacks, such as saving the model.
    pub callbacks: f64,
    /// All of it.
    pub total: f64,
}

/// Seconds since the last call, or since it was made: shares a stretch of time out without gaps.
pub(crate) struct Lap(Instant);

impl Lap {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Adds what passed to `account`.
    pub(crate) fn add_to(&mut self, account: &mut f64) {
        let now = Instant::now();
        *account += (now - self.0).as_secs_f64();
        self.0 = now;
    }
}

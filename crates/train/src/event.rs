//! What happens while a model is trained or asked, for whoever draws it.

use std::path::Path;

use crate::{EpochRecord, Scores};

/// Gets every event as it happens; it runs on the training's own thread, so it should be quick.
pub type Observer<'a> = dyn FnMut(Event<'_>) + 'a;

/// Which pictures are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Those the model learns from.
    Training,
    /// Those it is measured with after each epoch.
    Validation,
}

/// One thing that happened. Epochs and steps are counted from 1; epochs go on counting from stage to stage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage begins.
    StageStarted {
        /// Its name.
        stage: &'a str,
        /// The first epoch.
        first_epoch: usize,
        /// The last epoch, if nothing ends it before.
        last_epoch: usize,
        /// Batches an epoch.
        steps: usize,
        /// Pictures to learn from.
        pictures: usize,
        /// Pictures to measure with.
        validation_pictures: usize,
        /// Values that the optimizer changes.
        trained_parameters: usize,
    },
    /// Something that a person should know, a sentence without its full stop.
    Notice(&'a str),
    /// The features of a frozen base are being computed, once for all epochs.
    FeaturesProgress {
        /// Of which pictures.
        part: Part,
        /// Pictures done.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// An epoch begins.
    EpochStarted {
        /// Its number.
        epoch: usize,
        /// The last one of the stage.
        last_epoch: usize,
        /// Batches in it.
        steps: usize,
    },
    /// A batch was learned from.
    BatchDone {
        /// The epoch's number.
        epoch: usize,
        /// The batch's number in the epoch.
        step: usize,
        /// Batches in the epoch.
        steps: usize,
        /// Loss and metrics of the epoch so far.
        scores: &'a Scores,
        /// Over the epoch so far.
        images_per_second: f64,
    },
    /// Pictures are being shown to the model without learning.
    PredictProgress {
        /// Pictures done.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// An epoch is over, its validation included.
    EpochDone(&'a EpochRecord),
    /// The model was saved.
    Saved {
        /// Where.
        path: &'a Path,
        /// What was better than before, and how good: a name and a figure. `None` when every epoch is saved.
        improved: Option<(&'a str, f64)>,
    },
    /// A callback ended the stage before its last epoch.
    StoppedEarly {
        /// A sentence without its full stop.
        why: &'a str,
    },
    /// The loss is infinite or no number, or grew beyond bounds that were set; the stage ends.
    Diverged {
        /// A sentence without its full stop.
        why: &'a str,
    },
    /// The stage was stopped from outside, after the batch that was being computed.
    Interrupted,
    /// The weights of an earlier epoch are in place again.
    Restored {
        /// That epoch.
        epoch: usize,
        /// What it was best in.
        monitor: &'a str,
        /// How good.
        value: f64,
    },
}

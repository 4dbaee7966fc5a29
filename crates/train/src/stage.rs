//! What [`crate::fit`] is asked to do: with which pictures, and how.

use engine::BatchStatistics;
use images::{Augment, Sampling, Segments, Source};

use crate::course;
use crate::losses::Loss;
use crate::metrics::Entry;
use crate::optimizers::OptimizerConfig;
use crate::schedules::{Schedule, Span};
use crate::{Error, Result};

/// The default of [`Data::feature_memory`]: 2 GiB.
pub const FEATURE_MEMORY: usize = 2 << 30;

/// The pictures, and how they come.
pub struct Data<'a> {
    /// To learn from.
    pub train: &'a Source,
    /// To measure with after each epoch.
    pub validation: Option<&'a Source>,
    /// How training pictures are varied.
    pub augment: Option<&'a Augment>,
    /// Pictures in a step; the last step of an epoch takes what is left.
    pub batch_size: usize,
    /// Batches in an epoch, Keras's `steps_per_epoch`; the pictures go on from one epoch to the next. `None`: as many
    /// as go once through the pictures.
    pub steps_per_epoch: Option<usize>,
    /// How often each training picture is taken.
    pub sampling: Sampling,
    /// The pieces in which training goes through the pictures. An epoch takes as many pictures as without them.
    pub segments: Segments,
    /// For the order of the pictures, their variation and dropout.
    pub seed: u64,
    /// How much each training picture counts in the loss, one factor a sample of [`Data::train`]; all alike if there
    /// are none.
    pub sample_weights: Option<&'a [f32]>,
    /// Bytes that the kept features of a frozen base may take; beyond it they are computed anew each epoch.
    pub feature_memory: usize,
}

impl<'a> Data<'a> {
    /// Pictures to learn from in batches of `batch_size`, each once an epoch: not varied, no validation, seed 0.
    pub fn new(train: &'a Source, batch_size: usize) -> Self {
        Self {
            train,
            validation: None,
            augment: None,
            batch_size,
            steps_per_epoch: None,
            sampling: Sampling::default(),
            segments: Segments::default(),
            seed: 0,
            sample_weights: None,
            feature_memory: FEATURE_MEMORY,
        }
    }

    /// Batches in an epoch.
    pub fn steps(&self) -> usize {
        course::steps(self)
    }
}

/// One stage of training: some epochs with one optimizer. What learns is said by the graph's `trainable`.
#[derive(Debug, Clone)]
pub struct Stage {
    /// For people and for `history.csv`, as "head" or "fine-tune".
    pub name: String,
    /// How many epochs, at most.
    pub epochs: usize,
    /// The epochs of the stages before: Keras's `initial_epoch`.
    pub first_epoch: usize,
    /// Which optimizer; it starts anew with the stage.
    pub optimizer: OptimizerConfig,
    /// Its step size.
    pub learning_rate: f32,
    /// By what that is multiplied for each of the graph's parameters, as for different rates by depth; all alike if
    /// there are none.
    pub rate_factors: Vec<f32>,
    /// How that goes from step to step.
    pub schedule: Schedule,
    /// What is made small.
    pub loss: Loss,
    /// How much each class counts in it while the model learns, one factor a class; all alike if there are none.
    pub class_weights: Option<Vec<f32>>,
    /// What is reported beside it.
    pub metrics: Vec<Entry>,
    /// Where trainable batch norms take their figures from.
    pub statistics: BatchStatistics,
    /// Epochs without improvement that it bears, in the place of those of [`crate::callbacks::EarlyStopping`].
    pub patience: Option<usize>,
}

impl Stage {
    /// The last epoch's number, counted from 1.
    pub fn last_epoch(&self) -> usize {
        self.first_epoch.saturating_add(self.epochs)
    }

    /// The names under which an epoch's figures will be: what a callback can monitor.
    pub fn score_names(&self, data: &Data<'_>) -> Vec<String> {
        let plain = || std::iter::once("loss").chain(self.metrics.iter().map(Entry::name));
        let validation = plain().filter(|_| data.validation.is_some()).map(|name| format!("val_{name}"));
        plain().map(str::to_owned).chain(validation).collect()
    }

    /// How long it is, with this many batches an epoch.
    pub fn span(&self, steps_per_epoch: usize) -> Span {
        Span::new(self.epochs, steps_per_epoch)
    }

    pub(crate) fn check(&self, data: &Data<'_>) -> Result<()> {
        if self.epochs == 0 {
            return Err(Error::setting(format!("stage {}: expected 1 epoch or more, received 0", self.name)));
        }
        if data.batch_size == 0 {
            return Err(Error::setting("batch size: expected 1 or more, received 0"));
        }
        let rate = self.learning_rate;
        if !(rate.is_finite() && rate >= 0.0) {
            let message = format!("stage {}: learning rate: expected 0 or more, received {rate}", self.name);
            return Err(Error::setting(message));
        }
        self.schedule.check().map_err(|error| error.within(&format!("stage {}", self.name)))?;
        for (index, metric) in self.metrics.iter().enumerate() {
            if self.metrics[..index].contains(metric) {
                return Err(Error::setting(format!("metric {} is asked for twice", metric.name())));
            }
        }
        Ok(())
    }
}

//! The course of a training through its pictures: epoch `e` takes the places `(e − 1) · P` to `e · P` of the sampler's
//! stream, where `P` is the number of pictures, or Keras's `steps_per_epoch` times the batch size.
//!
//! So an epoch has as many steps wherever the pictures come from,
//! and what it takes depends on the seed and its number alone.

use images::{Draw, Sampler, Segments};

use crate::feed::Feed;
use crate::{Data, Error, Result};

/// The most pictures that an epoch may take, of which a list is made.
pub const MOST_PICTURES_PER_EPOCH: usize = 1 << 26;

/// What each epoch of a stage takes.
pub(crate) struct Course {
    sampler: Sampler,
    pictures_per_epoch: usize,
    batch_size: usize,
}

impl Course {
    /// Through the pictures of `feed`; features lie in memory as a whole, so that they need no segments.
    pub(crate) fn new(data: &Data<'_>, feed: &Feed<'_>) -> Self {
        let segments = match feed {
            Feed::Pictures { .. } => data.segments,
            Feed::Features(_) => Segments::default(),
        };
        let sampler = Sampler::new(feed.labels(), data.seed).with(data.sampling, segments);
        let pictures_per_epoch = pictures_of(data, sampler.pictures());
        Self { sampler, pictures_per_epoch, batch_size: data.batch_size }
    }

    /// Batches in an epoch.
    pub(crate) fn steps(&self) -> usize {
        self.pictures_per_epoch.div_ceil(self.batch_size)
    }

    /// Pictures in the largest batch.
    pub(crate) fn largest_batch(&self) -> usize {
        self.batch_size.min(self.pictures_per_epoch)
    }

    /// The turns of `epoch`, counted from 1.
    pub(crate) fn draws(&self, epoch: usize) -> Vec<Draw> {
        let [start, end] = [epoch - 1, epoch].map(|epochs| epochs as u64 * self.pictures_per_epoch as u64);
        self.sampler.draws(start..end)
    }
}

/// How many pictures an epoch takes: all, or those of so many steps.
pub fn pictures_per_epoch(steps: Option<usize>, batch_size: usize, pictures: usize) -> usize {
    steps.map_or(pictures, |steps| steps.saturating_mul(batch_size))
}

fn pictures_of(data: &Data<'_>, pictures: usize) -> usize {
    pictures_per_epoch(data.steps_per_epoch, data.batch_size, pictures)
}

/// Batches in an epoch of all training pictures.
pub(crate) fn steps(data: &Data<'_>) -> usize {
    pictures_of(data, data.train.len()).div_ceil(data.batch_size)
}

/// Fails for an epoch without a step, or of so many pictures that no list of them can be made.
pub(crate) fn check(data: &Data<'_>) -> Result<()> {
    let pictures = pictures_of(data, data.train.len());
    match data.steps_per_epoch {
        Some(0) => Err(Error::setting("steps per epoch: expected 1 or more, received 0")),
        Some(steps) if pictures > MOST_PICTURES_PER_EPOCH => Err(Error::setting(format!(
            "steps per epoch: {steps} steps of {} pictures are more than the {MOST_PICTURES_PER_EPOCH} pictures that an \
             epoch may take: give fewer steps and more epochs",
            data.batch_size
        ))),
        _ => Ok(()),
    }
}

//! A batch of pictures, whose memory goes back to be filled again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Mix;

/// Pictures ready for the model.
#[derive(Debug, Default)]
pub struct Batch {
    /// `[N, H, W, C]`, values 0 to 255.
    pub pixels: Vec<f32>,
    /// The number of each picture's class.
    pub labels: Vec<u32>,
    /// Which picture each is, into [`Source::samples`](crate::Source::samples).
    pub indices: Vec<usize>,
    /// What of each picture is another's; empty where pictures are not mixed.
    pub mixes: Vec<Mix>,
    /// Which batch of the pass it is, from 0.
    pub number: usize,
    spare: Option<Arc<Spare>>,
}

impl Batch {
    /// How many pictures it holds. Fewer than asked for at the end of a pass, or where one can't be read.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// An empty batch, of used memory where there is some. It returns there when it is dropped.
    pub(crate) fn from_spare(spare: &Arc<Spare>) -> Self {
        let mut batch = spare.take().unwrap_or_default();
        batch.labels.clear();
        batch.indices.clear();
        batch.mixes.clear();
        batch.spare = Some(Arc::clone(spare));
        batch
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            spare.put(std::mem::take(self));
        }
    }
}

/// Batches that nobody uses any more.
#[derive(Debug)]
pub(crate) struct Spare {
    batches: Mutex<Vec<Batch>>,
    /// How many are kept: as many as one pass has in use.
    most: usize,
}

impl Spare {
    pub(crate) fn new(most: usize) -> Self {
        Self { batches: Mutex::new(Vec::with_capacity(most)), most }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Batch> {
        self.lock().pop()
    }

    fn put(&self, batch: Batch) {
        let mut batches = self.lock();
        if batches.len() < self.most {
            batches.push(batch);
        }
    }
}

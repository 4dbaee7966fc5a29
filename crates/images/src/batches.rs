//! Batches prepared ahead by worker threads and handed over in order.
//!
//! A worker takes the next batch that nobody has begun, fills it, and puts it up under its number. What a batch
//! holds depends on its number alone, so the number of workers changes the time and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::Preprocess;
use crate::augment::Augment;
use crate::batch::{Batch, Spare};
use crate::decode::Decoder;
use crate::draw::Draw;
use crate::mixing::Mixing;
use crate::picture::widen;
use crate::random::{Purpose, Random};
use crate::resample::{Layout, Pixels};
use crate::source::Pictures;
use crate::warp::warp;

/// In which order a pass goes through the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they are listed.
    Sequential,
    /// At random, in another order each epoch.
    Shuffled {
        /// The same seed and epoch give the same order.
        seed: u64,
        /// Counted from any start.
        epoch: u64,
    },
}

impl Order {
    fn epoch(self) -> u64 {
        match self {
            Self::Sequential => 0,
            Self::Shuffled { epoch, .. } => epoch,
        }
    }

    /// In which order `count` pictures come.
    pub fn indices(self, count: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = (0..count).collect();
        if let Self::Shuffled { seed, epoch } = self {
            Random::new(seed, Purpose::Order, epoch, 0).shuffle(&mut indices);
        }
        indices
    }

    /// As [`Order::indices`], each picture's turn in this epoch.
    pub fn draws(self, count: usize) -> Vec<Draw> {
        self.indices(count).into_iter().map(|index| Draw::new(index, self.epoch())).collect()
    }
}

/// One pass over the pictures of a [`Source`](crate::Source), a [`Batch`] at a time.
///
/// A picture that can't be read is missing from its batch and is named in
/// [`Source::skipped`](crate::Source::skipped); a batch of such pictures alone is left out.
/// Dropping it stops the workers.
pub struct Batches {
    line: Arc<Line>,
    /// How many batches the pass has.
    count: usize,
    workers: Vec<JoinHandle<()>>,
}

/// What a pass consists of.
pub(crate) struct Pass {
    pub(crate) draws: Vec<Draw>,
    pub(crate) augment: Option<Augment>,
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    /// The batches before this one are left out.
    pub(crate) first: usize,
}

impl Batches {
    pub(crate) fn start(pictures: &Arc<Pictures>, spare: &Arc<Spare>, pass: Pass, workers: usize) -> Self {
        let batch_size = pass.batch_size.max(1);
        let count = pass.draws.len().div_ceil(batch_size);
        // One is being used while each worker prepares another.
        let workers = workers.clamp(1, count.max(1));
        let first = pass.first.min(count);
        let state = Mutex::new(State { begun: first, received: first, ..State::default() });
        let line = Arc::new(Line { ahead: workers + 1, count, state, ..Line::default() });
        let job =
            Arc::new(Job { pictures: Arc::clone(pictures), spare: Arc::clone(spare), batch_size, pass });
        let spawn = |_| {
            let (line, job) = (Arc::clone(&line), Arc::clone(&job));
            std::thread::spawn(move || line.work(&job))
        };
        let workers = (0..workers).map(spawn).collect();
        Self { line, count, workers }
    }

    /// How many batches the whole pass has, received ones and those left out included.
    pub fn batch_count(&self) -> usize {
        self.count
    }

    /// Waits for the workers. A panic of one of them goes on here: it must not end as a pass that is too short.
    fn join(&mut self) {
        for worker in self.workers.drain(..) {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        loop {
            let Some(batch) = self.line.receive() else {
                self.join();
                return None;
            };
            if !batch.is_empty() {
                return Some(batch);
            }
        }
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.line.stop();
        for worker in self.workers.drain(..) {
            // A panic was either seen by `next` or belongs to a batch that nobody wanted.
            let _ = worker.join();
        }
    }
}

/// Where workers and the receiver meet.
#[derive(Default)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
    /// How many batches may be begun beyond the last one received.
    ahead: usize,
    count: usize,
}

#[derive(Default)]
struct State {
    begun: usize,
    received: usize,
    ready: BTreeMap<usize, Batch>,
    stopped: bool,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// What a worker does from its first batch to its last.
    fn work(&self, job: &Job) {
        // If a picture brings down this thread, the receiver must not wait for its batch.
        let guard = StopOnPanic(self);
        let pixels = vec![0; job.pictures.preprocess.input_len()];
        let mut hands = Hands { decoder: Decoder::default(), pixels, wide: Vec::new(), first: Vec::new() };
        while let Some(number) = self.begin() {
            let batch = job.fill(number, &mut hands);
            self.lock().ready.insert(number, batch);
            self.changed.notify_all();
        }
        std::mem::forget(guard);
    }

    /// The number of a batch to fill, as soon as there is room for it; none when all are begun.
    fn begin(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.begun == self.count {
                return None;
            }
            if state.begun < state.received + self.ahead {
                state.begun += 1;
                return Some(state.begun - 1);
            }
            state = self.wait(state);
        }
    }

    /// The next batch in order; none after the last, or when a worker has failed.
    fn receive(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            let next = state.received;
            if next == self.count {
                return None;
            }
            if let Some(batch) = state.ready.remove(&next) {
                state.received += 1;
                self.changed.notify_all();
                return Some(batch);
            }
            if state.stopped {
                return None;
            }
            state = self.wait(state);
        }
    }
}

struct StopOnPanic<'a>(&'a Line);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// What a worker needs to know to fill a batch.
struct Job {
    pictures: Arc<Pictures>,
    spare: Arc<Spare>,
    batch_size: usize,
    pass: Pass,
}

/// A worker's own memory.
struct Hands {
    decoder: Decoder,
    pixels: Vec<u8>,
    wide: Vec<f32>,
    /// The first picture of a batch that is mixed.
    first: Vec<f32>,
}

impl Job {
    fn fill(&self, number: usize, hands: &mut Hands) -> Batch {
        let first = number * self.batch_size;
        let draws = &self.pass.draws[first..(first + self.batch_size).min(self.pass.draws.len())];
        let length = self.pictures.preprocess.input_len();
        let mut batch = Batch::from_spare(&self.spare);
        batch.number = number;
        batch.pixels.resize(draws.len() * length, 0.0);
        let mut mixing = self.mixing(draws, &mut hands.first);
        for draw in draws {
            let Some(pixels) = self.pictures.pixels(*draw, &mut hands.decoder, &mut hands.pixels) else {
                continue;
            };
            let at = batch.len() * length;
            self.place(*draw, pixels, &mut hands.wide, &mut batch.pixels[at..at + length]);
            batch.indices.push(draw.picture());
            batch.labels.push(self.pictures.samples[draw.picture()].label);
            if let Some(mixing) = &mut mixing {
                mixing.add(&mut batch.pixels[..at + length], &mut batch.mixes);
            }
        }
        batch.pixels.truncate(batch.labels.len() * length);
        if let Some(mixing) = mixing {
            let Batch { pixels, mixes, .. } = &mut batch;
            mixing.finish(pixels, mixes);
        }
        batch
    }

    /// What mixes the pictures of a batch with these turns, if that is asked for.
    fn mixing<'a>(&self, draws: &[Draw], first: &'a mut Vec<f32>) -> Option<Mixing<'a>> {
        let augment = self.pass.augment.as_ref()?;
        let Preprocess { size: [height, width], channels, .. } = self.pictures.preprocess;
        // No other batch of the training begins with this turn.
        let stream = draws.first()?.stream();
        Mixing::new(augment, self.pass.seed, stream, [height, width, channels.count()], first)
    }

    /// Writes one picture to its place in the batch, changed at random if that is asked for.
    fn place(&self, draw: Draw, pixels: &[u8], wide: &mut Vec<f32>, target: &mut [f32]) {
        let Some(augment) = &self.pass.augment else { return widen(pixels, target) };
        let size = self.pictures.preprocess.size;
        let (epoch, index) = draw.stream();
        let change = augment.draw(size, self.pass.seed, epoch, index);
        let channels = self.pictures.preprocess.channels.count();
        warp(Pixels { bytes: pixels, size, channels, layout: Layout::Interleaved }, &change, wide, target);
    }
}

#[cfg(test)]
mod tests;

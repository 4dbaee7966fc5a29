//! The pictures of one part of a set, kept in memory if they fit, read anew in each pass if not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::batch::Spare;
use crate::batches::{Batches, Order, Pass};
use crate::decode::{Decoder, check_header};
use crate::draw::Draw;
use crate::segment_memory::SegmentMemory;
use crate::{Augment, Error, ErrorKind, Picture, Preprocess, Result, Sample, Skipped};

/// How a [`Source`] works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceOptions {
    /// Up to so many bytes of decoded pictures are kept; a picture takes as many as the input has values.
    pub memory_limit_bytes: usize,
    /// How many threads decode. At least one does.
    pub workers: usize,
}

/// The pictures of one part.
pub struct Source {
    pictures: Arc<Pictures>,
    spare: Arc<Spare>,
    options: SourceOptions,
}

/// What workers share.
pub(crate) struct Pictures {
    pub(crate) samples: Vec<Sample>,
    pub(crate) preprocess: Preprocess,
    /// All pictures one after the other, once they are loaded and if they fit.
    memory: Option<Vec<u8>>,
    /// Those of the segment that training stays on, if it goes through the pictures in segments.
    segment: Option<SegmentMemory>,
    skipped: Mutex<Vec<Skipped>>,
}

/// Where the pictures are after [`Source::load`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Decoded, in memory.
    InMemory,
    /// On disk: only their headers were looked at, and each pass decodes them again.
    OnDisk,
}

/// What [`Source::load`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadReport {
    /// How many pictures there are, the skipped ones not counted.
    pub pictures: usize,
    /// Those that can't be read; they are no longer in the source.
    pub skipped: Vec<Skipped>,
    /// Where the others are.
    pub kept: Kept,
    /// What they take in memory.
    pub memory_bytes: usize,
    /// Pixels of the largest as it is stored, where pictures were left on disk.
    pub most_pixels: usize,
}

impl Source {
    /// Nothing is read yet.
    pub fn new(samples: Vec<Sample>, preprocess: &Preprocess, options: SourceOptions) -> Self {
        let pictures = Pictures {
            samples,
            preprocess: preprocess.clone(),
            memory: None,
            segment: None,
            skipped: Mutex::default(),
        };
        // A worker each, one ready, one in the caller's hands.
        let spare = Spare::new(options.workers.max(1) + 2);
        Self { pictures: Arc::new(pictures), spare: Arc::new(spare), options }
    }

    /// Decodes all pictures if they fit the memory limit, otherwise looks at their headers. Those that can't be
    /// read leave the source, which changes the indices of those after them; do this before the first pass.
    ///
    /// # Errors
    /// There are pictures, and not one can be read; or the input's size is none.
    pub fn load(&mut self) -> Result<LoadReport> {
        self.load_unless(&AtomicBool::new(false))
    }

    /// As [`Source::load`], until `stop` is set: then the source stays as it was.
    ///
    /// # Errors
    /// As [`Source::load`]; and [`ErrorKind::Interrupted`].
    pub fn load_unless(&mut self, stop: &AtomicBool) -> Result<LoadReport> {
        let Pictures { samples, preprocess, .. } = &*self.pictures;
        preprocess.check()?;
        let length = preprocess.input_len();
        let mut memory = self.room_for(samples.len(), length);
        let goes_on = || !stop.load(Ordering::Relaxed);
        let bad = Mutex::new(Vec::new());
        let note = |index: usize, result: Result<()>| {
            if let Err(error) = result {
                lock(&bad).push((index, error.to_string()));
            }
        };
        let most_pixels = AtomicUsize::new(0);
        match &mut memory {
            Some(memory) => {
                let work = samples.iter().enumerate().zip(memory.chunks_exact_mut(length));
                let work = work.take_while(|_| goes_on());
                each(self.options.workers, work, |decoder, ((index, sample), room)| {
                    note(index, decoder.sample(preprocess, sample, room));
                });
            }
            None => {
                let work = samples.iter().enumerate().take_while(|_| goes_on());
                each(self.options.workers, work, |_, (index, sample)| {
                    let pixels = check_header(sample);
                    note(
                        index,
                        pixels.map(|pixels| {
                            most_pixels.fetch_max(pixels, Ordering::Relaxed);
                        }),
                    );
                });
            }
        }
        if !goes_on() {
            return Err(Error::new(ErrorKind::Interrupted, "reading pictures was stopped"));
        }
        let mut bad = bad.into_inner().unwrap_or_else(PoisonError::into_inner);
        bad.sort();
        let most_pixels = most_pixels.into_inner();
        Ok(LoadReport { most_pixels, ..self.keep_the_good(memory, bad)? })
    }

    /// Memory for all pictures, if that is within the limit and to be had.
    fn room_for(&self, pictures: usize, length: usize) -> Option<Vec<u8>> {
        let bytes = pictures.checked_mul(length).filter(|bytes| *bytes <= self.options.memory_limit_bytes)?;
        let mut room = Vec::new();
        room.try_reserve_exact(bytes).ok()?;
        room.resize(bytes, 0);
        Some(room)
    }

    /// `bad` is in order.
    fn keep_the_good(
        &mut self,
        mut memory: Option<Vec<u8>>,
        bad: Vec<(usize, String)>,
    ) -> Result<LoadReport> {
        let Pictures { samples, preprocess, .. } = &*self.pictures;
        if let [(first, reason), ..] = bad.as_slice()
            && bad.len() == samples.len()
        {
            let path = samples[*first].path.display();
            return Err(Error::new(
                ErrorKind::Empty,
                format!("none of the {} pictures can be read; the first, {path}: {reason}", samples.len()),
            ));
        }
        let is_good = |index: &usize| bad.binary_search_by_key(index, |(bad, _)| *bad).is_err();
        let good: Vec<usize> = (0..samples.len()).filter(is_good).collect();
        if let Some(memory) = &mut memory {
            close_gaps(memory, &good, preprocess.input_len());
        }
        let skip = |(index, reason): (usize, String)| Skipped { path: samples[index].path.clone(), reason };
        let skipped: Vec<Skipped> = bad.into_iter().map(skip).collect();
        let samples: Vec<Sample> = good.iter().map(|index| samples[*index].clone()).collect();
        let report = LoadReport {
            pictures: samples.len(),
            kept: if memory.is_some() { Kept::InMemory } else { Kept::OnDisk },
            memory_bytes: memory.as_ref().map_or(0, Vec::len),
            most_pixels: 0,
            skipped,
        };
        let all_skipped = self.skipped().into_iter().chain(report.skipped.iter().cloned()).collect();
        let preprocess = preprocess.clone();
        let skipped = Mutex::new(all_skipped);
        self.pictures = Arc::new(Pictures { samples, preprocess, memory, segment: None, skipped });
        Ok(report)
    }

    /// Keeps up to so many pictures of the segment that training stays on; see [`Segments`](crate::Segments).
    pub fn keep_segments_of(&mut self, pictures: usize) {
        let Pictures { samples, preprocess, .. } = &*self.pictures;
        self.pictures = Arc::new(Pictures {
            samples: samples.clone(),
            preprocess: preprocess.clone(),
            memory: None,
            segment: Some(SegmentMemory::new(pictures)),
            skipped: Mutex::new(self.skipped()),
        });
    }

    /// So many threads decode from now on, at least one.
    pub fn set_workers(&mut self, workers: usize) {
        self.options.workers = workers;
    }

    /// Uses the memory for batches that `other` uses, which is gone through at another time.
    pub fn share_batches_with(&mut self, other: &Self) {
        self.spare = Arc::clone(&other.spare);
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.samples().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.samples().is_empty()
    }

    /// The pictures' files and classes.
    pub fn samples(&self) -> &[Sample] {
        &self.pictures.samples
    }

    /// The number of each picture's class.
    pub fn labels(&self) -> Vec<u32> {
        self.samples().iter().map(|sample| sample.label).collect()
    }

    /// How pictures become inputs.
    pub fn preprocess(&self) -> &Preprocess {
        &self.pictures.preprocess
    }

    /// The pictures that could not be read, by [`Source::load`] and in the passes since.
    pub fn skipped(&self) -> Vec<Skipped> {
        lock(&self.pictures.skipped).clone()
    }

    /// Picture `index`, from memory or from disk.
    ///
    /// # Errors
    /// There is no such picture, or it can't be read.
    pub fn picture(&self, index: usize) -> Result<Picture> {
        let Some(sample) = self.samples().get(index) else {
            return Err(Error::value(format!("there is no picture {index}; there are {}", self.len())));
        };
        let preprocess = self.preprocess();
        match self.pictures.remembered(index) {
            Some(pixels) => Picture::new(preprocess.size, preprocess.channels, pixels.to_vec()),
            None => preprocess.decode_sample(sample),
        }
    }

    /// Starts a pass over the pictures. What is done at random to a picture depends on `seed`, the epoch of
    /// `order` (0 if it has none) and the picture's index only.
    pub fn batches(&self, order: Order, augment: Option<&Augment>, seed: u64, batch_size: usize) -> Batches {
        self.batches_from(0, order, augment, seed, batch_size)
    }

    /// As [`Source::batches`], without the batches before the one of number `first`: nothing is read for them.
    pub fn batches_from(
        &self,
        first: usize,
        order: Order,
        augment: Option<&Augment>,
        seed: u64,
        batch_size: usize,
    ) -> Batches {
        self.drawn_from(first, order.draws(self.len()), augment, seed, batch_size)
    }

    /// As [`Source::batches_from`], of these turns, as a [`Sampler`](crate::Sampler) gives them.
    pub fn drawn_from(
        &self,
        first: usize,
        draws: Vec<Draw>,
        augment: Option<&Augment>,
        seed: u64,
        batch_size: usize,
    ) -> Batches {
        let augment = augment.copied().filter(|augment| !augment.is_identity());
        let pass = Pass { draws, augment, seed, batch_size, first };
        Batches::start(&self.pictures, &self.spare, pass, self.options.workers)
    }
}

impl Pictures {
    fn remembered(&self, index: usize) -> Option<&[u8]> {
        let length = self.preprocess.input_len();
        self.memory.as_ref()?.get(index * length..(index + 1) * length)
    }

    /// The picture whose turn it is, from memory or decoded to `room`. One that can't be read is noted, and there is none.
    pub(crate) fn pixels<'a>(
        &'a self,
        draw: Draw,
        decoder: &mut Decoder,
        room: &'a mut [u8],
    ) -> Option<&'a [u8]> {
        let index = draw.picture();
        if let Some(pixels) = self.remembered(index) {
            return Some(pixels);
        }
        let segment = self.segment.as_ref().zip(draw.seat);
        if segment.is_some_and(|(segment, seat)| segment.recall(seat, index, room)) {
            return Some(room);
        }
        let sample = &self.samples[index];
        let path = &sample.path;
        match decoder.sample(&self.preprocess, sample, room) {
            Ok(()) => {
                if let Some((segment, seat)) = segment {
                    segment.keep(seat, index, room);
                }
                Some(room)
            }
            Err(error) => {
                let mut skipped = lock(&self.skipped);
                if !skipped.iter().any(|s| s.path == *path) {
                    skipped.push(Skipped { path: path.clone(), reason: error.to_string() });
                    skipped.sort();
                }
                None
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work` on each item, by so many threads, each with a decoder of its own.
fn each<T>(workers: usize, items: impl Iterator<Item = T> + Send, work: impl Fn(&mut Decoder, T) + Sync) {
    let items = Mutex::new(items);
    let run = || {
        let mut decoder = Decoder::default();
        loop {
            let item = lock(&items).next();
            let Some(item) = item else { return };
            work(&mut decoder, item);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(run);
        }
        run();
    });
}

/// Moves the pieces of `memory` that are `kept` (in order) to its beginning and gives the rest back.
fn close_gaps(memory: &mut Vec<u8>, kept: &[usize], length: usize) {
    for (to, from) in kept.iter().enumerate() {
        if to != *from {
            memory.copy_within(from * length..(from + 1) * length, to * length);
        }
    }
    memory.truncate(kept.len() * length);
    memory.shrink_to_fit();
}

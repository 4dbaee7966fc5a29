//! The pictures of a job: listed, shared out, decoded.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use images::{Kept, LoadReport, Preprocess, Sample, Shares, Skipped, Source, SourceOptions, read_folder};

use crate::{Error, ErrorKind, Event, Observer, Result};

/// The three parts, ready.
pub(crate) struct Pictures {
    pub(crate) classes: Vec<String>,
    pub(crate) train: Source,
    pub(crate) validation: Source,
    pub(crate) test: Source,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) notes: Vec<String>,
}

/// How many threads decode: as many as compute, since they take turns.
fn options(memory_limit_bytes: usize, threads: usize) -> SourceOptions {
    SourceOptions { memory_limit_bytes, workers: threads }
}

impl Pictures {
    pub(crate) fn read(
        folder: &Path,
        shares: Shares,
        preprocess: &Preprocess,
        (memory_limit_bytes, threads, seed): (usize, usize, u64),
        observer: &mut Observer,
    ) -> Result<Self> {
        let listing = read_folder(folder)?;
        let (classes, mut skipped, mut notes) =
            (listing.classes.clone(), listing.skipped.clone(), listing.notes.clone());
        let split = listing.split(shares, seed)?;
        notes.extend(split.notes.iter().cloned());
        observer(Event::Pictures { classes: &classes, split: &split });
        let mut left = memory_limit_bytes;
        let mut load = |samples: Vec<Sample>, what: &str| {
            let mut source = Source::new(samples, preprocess, options(left, threads));
            let report = load(&mut source, what, observer)?;
            left = left.saturating_sub(report.memory_bytes);
            skipped.extend(report.skipped);
            Ok::<_, Error>(source)
        };
        // Validation and test are seen again and again too, and are smaller: they get their memory first.
        let validation = load(split.validation, "validation")?;
        let test = load(split.test, "test")?;
        let train = load(split.train, "training")?;
        if !skipped.is_empty() {
            observer(Event::Skipped(&skipped));
        }
        notes.iter().for_each(|note| observer(Event::Notice(note)));
        let pictures = Self { classes, train, validation, test, skipped, notes };
        pictures.check(folder)?;
        Ok(pictures)
    }

    /// Two classes at least must have a picture to learn from.
    fn check(&self, folder: &Path) -> Result<()> {
        let mut labels = self.train.labels();
        labels.sort_unstable();
        labels.dedup();
        match labels.len() {
            0 | 1 => Err(Error::new(
                ErrorKind::Data,
                format!(
                    "{}: training needs readable pictures of two classes at least, and has them of {}",
                    folder.display(),
                    labels.len()
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Files skipped while reading and in the passes since, each once.
    pub(crate) fn all_skipped(&self) -> Vec<Skipped> {
        let passes = [&self.train, &self.validation, &self.test].into_iter().flat_map(Source::skipped);
        let mut all: Vec<Skipped> = self.skipped.iter().cloned().chain(passes).collect();
        all.sort();
        all.dedup_by(|a, b| a.path == b.path);
        all
    }
}

/// The pictures to judge a finished model by: the test part of `folder`, or all of it when it has no parts.
pub(crate) fn read_for_evaluation(
    folder: &Path,
    classes: &[String],
    preprocess: &Preprocess,
    (memory_limit_bytes, threads): (usize, usize),
    observer: &mut Observer,
) -> Result<(Source, Vec<Skipped>)> {
    let listing = read_folder(folder)?;
    let by_model: Option<Vec<u32>> = listing
        .classes
        .iter()
        .map(|name| classes.iter().position(|class| class == name).map(|class| class as u32))
        .collect();
    let Some(by_model) = by_model else {
        let message = format!(
            "{} has the classes {}, and the model knows {}: give pictures of the model's classes",
            folder.display(),
            listing.classes.join(", "),
            classes.join(", ")
        );
        return Err(Error::new(ErrorKind::Data, message));
    };
    let mut samples = listing.test.or(listing.validation).unwrap_or(listing.train);
    samples.iter_mut().for_each(|sample| sample.label = by_model[sample.label as usize]);
    let mut source = Source::new(samples, preprocess, options(memory_limit_bytes, threads));
    let mut skipped = listing.skipped;
    skipped.extend(load(&mut source, "test", observer)?.skipped);
    if !skipped.is_empty() {
        observer(Event::Skipped(&skipped));
    }
    Ok((source, skipped))
}

fn load(source: &mut Source, what: &str, observer: &mut Observer) -> Result<LoadReport> {
    if source.is_empty() {
        return Ok(LoadReport { pictures: 0, skipped: Vec::new(), kept: Kept::InMemory, memory_bytes: 0 });
    }
    observer(Event::Started(&format!("reading the {what} pictures")));
    let (total, done) = (source.len(), AtomicUsize::new(0));
    let report = source.load_with(&|| {
        done.fetch_add(1, Ordering::Relaxed);
    })?;
    observer(Event::Progress { done: done.into_inner(), total });
    if report.kept == Kept::OnDisk {
        observer(Event::Notice(&format!(
            "the {what} pictures do not fit the memory limit: they are read from disk in each epoch"
        )));
    }
    Ok(report)
}

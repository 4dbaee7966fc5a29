//! The pictures of a job: listed, shared out, decoded.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use images::{
    Kept, LoadReport, Preprocess, Sample, Shares, Skipped, Source, SourceOptions, Split, read_folder,
};

use crate::{Error, ErrorKind, Event, Observer, Result};

/// The pictures before any is decoded.
pub(crate) struct Listed {
    folder: PathBuf,
    pub(crate) classes: Vec<String>,
    pub(crate) split: Split,
    skipped: Vec<Skipped>,
    notes: Vec<String>,
}

impl Listed {
    pub(crate) fn read(folder: &Path, shares: Shares, seed: u64, observer: &mut Observer) -> Result<Self> {
        // A copy of a test picture among the training ones would make the test worthless.
        let listing = read_folder(folder)?.without_duplicates();
        let (classes, skipped, mut notes) =
            (listing.classes.clone(), listing.skipped.clone(), listing.notes.clone());
        let split = listing.split(shares, seed)?;
        notes.extend(split.notes.iter().cloned());
        observer(Event::Pictures { classes: &classes, split: &split });
        notes.iter().for_each(|note| observer(Event::Notice(note)));
        Ok(Self { folder: folder.to_path_buf(), classes, split, skipped, notes })
    }

    /// Decodes what fits the memory limit and finds out what cannot be read, until `stop` is set.
    pub(crate) fn load(
        self,
        preprocess: &Preprocess,
        (memory_limit_bytes, threads): (usize, usize),
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Pictures> {
        let Self { folder, split, mut skipped, mut notes, .. } = self;
        let mut memory_left = memory_limit_bytes;
        let mut load = |samples: Vec<Sample>, what: &str| {
            let options = SourceOptions { memory_limit_bytes: memory_left, workers: threads };
            let mut source = Source::new(samples, preprocess, options);
            match load(&mut source, what, observer, stop) {
                Ok(report) => {
                    memory_left = memory_left.saturating_sub(report.memory_bytes);
                    skipped.extend(report.skipped);
                    Ok::<_, Error>(source)
                }
                // Pictures to learn from are needed; a part to measure with may turn out empty.
                Err(error) if what == TRAINING || stop.load(Ordering::Relaxed) => Err(error),
                Err(error) => {
                    notes.push(format!("the {what} part is left out: {error}"));
                    observer(Event::Notice(&notes[notes.len() - 1]));
                    let bad = |sample: &Sample| Skipped {
                        path: sample.path.clone(),
                        reason: "it cannot be read".to_string(),
                    };
                    skipped.extend(source.samples().iter().map(bad));
                    Ok(Source::new(Vec::new(), preprocess, options))
                }
            }
        };
        // Validation and test are seen again and again too, and are smaller: they get their memory first.
        let validation = load(split.validation, "validation")?;
        let test = load(split.test, "test")?;
        let train = load(split.train, TRAINING)?;
        if !skipped.is_empty() {
            observer(Event::Skipped(&skipped));
        }
        let pictures = Pictures { train, validation, test, skipped, notes, memory_left };
        pictures.check(&folder)?;
        Ok(pictures)
    }
}

/// What the part to learn from is called.
const TRAINING: &str = "training";

/// The three parts, ready.
pub(crate) struct Pictures {
    pub(crate) train: Source,
    pub(crate) validation: Source,
    pub(crate) test: Source,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) notes: Vec<String>,
    /// What is left of the memory limit, in bytes.
    pub(crate) memory_left: usize,
}

impl Pictures {
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
    let mut source = Source::new(samples, preprocess, SourceOptions { memory_limit_bytes, workers: threads });
    let mut skipped = listing.skipped;
    skipped.extend(load(&mut source, "test", observer, &AtomicBool::new(false))?.skipped);
    if !skipped.is_empty() {
        observer(Event::Skipped(&skipped));
    }
    Ok((source, skipped))
}

fn load(source: &mut Source, what: &str, observer: &mut Observer, stop: &AtomicBool) -> Result<LoadReport> {
    if source.is_empty() {
        return Ok(LoadReport { pictures: 0, skipped: Vec::new(), kept: Kept::InMemory, memory_bytes: 0 });
    }
    observer(Event::Started(&format!("reading {} {what} pictures", source.len())));
    let report = source.load_unless(stop)?;
    if report.kept == Kept::OnDisk {
        observer(Event::Notice(&format!(
            "the {what} pictures do not fit the memory limit: they are read from disk in each epoch"
        )));
    }
    Ok(report)
}

//! The pictures of a job: listed, shared out, decoded.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use images::{
    Columns, Fold, Kept, Listing, LoadReport, Preprocess, Sample, Shares, Skipped, Source, SourceOptions,
    Split, read_set,
};

use crate::begun::Begun;
use crate::feeder::Feeding;
use crate::lying::Lying;
use crate::part_record::{PartRecord, Root};
use crate::run_folder::RunFolder;
use crate::{Error, ErrorKind, Event, Observer, Recipe, Result};

/// How a set is read and shared out.
#[derive(Debug, Clone)]
pub(crate) struct Division {
    columns: Columns,
    /// A regular expression; empty for none.
    group_by: String,
    fold: Option<Fold>,
    merge_validation: bool,
    validation: f32,
    /// `None`: by the size of the set.
    test: Option<f32>,
    seed: u64,
}

impl Division {
    /// As `recipe` says it, whose shares are in their range.
    pub(crate) fn of(recipe: &Recipe) -> Result<Self> {
        let fold = match recipe.fold.as_str() {
            "" => None,
            _ if recipe.is_cross_validation() => {
                return Err(Error::usage(format!(
                    "--fold {}: that is for `linnaeus train`, which trains once for each fold; here give one of them, as 1/5",
                    recipe.fold
                )));
            }
            text => Some(text.parse().map_err(|e| Error::usage(format!("--fold: {e}")))?),
        };
        let share = recipe.validation_split;
        if fold.is_some() && share != Recipe::default().validation_split {
            return Err(Error::usage(format!(
                "--fold {} and --validation-split {share}: both say what is held out for validation, give one of them",
                recipe.fold
            )));
        }
        Ok(Self {
            columns: columns(recipe),
            group_by: recipe.group_by.clone(),
            fold,
            merge_validation: recipe.merge_validation,
            validation: recipe.validation_split as f32,
            test: recipe.test_split.map(|share| share as f32),
            seed: recipe.seed,
        })
    }

    /// The pictures of `data`, before they are shared out.
    pub(crate) fn list(&self, data: &Path) -> Result<Listing> {
        Ok(self.merged(read_set(data, &self.columns)?))
    }

    /// Without the validation part that it has, if that is to be learned from.
    fn merged(&self, mut listing: Listing) -> Listing {
        if self.merge_validation {
            match listing.validation.take() {
                Some(validation) => listing.train.extend(validation),
                None => {
                    listing.notes.push("there is no validation part for --merge-validation to merge".into())
                }
            }
        }
        listing
    }

    fn grouped(&self, listing: Listing) -> Result<Listing> {
        match self.group_by.as_str() {
            "" => Ok(listing),
            pattern => listing.group_by(pattern).map_err(|e| Error::usage(e.to_string())),
        }
    }

    /// The parts that `listing` gives, of which nothing is drawn.
    fn keep(&self, listing: Listing) -> Result<Split> {
        let mut listing = self.grouped(listing)?;
        let notes = listing.remarks();
        listing.notes.clear();
        let mut split = listing.split(Shares { validation: 0.0, test: 0.0 }, self.seed)?;
        split.notes.splice(0..0, notes);
        Ok(split)
    }

    /// Shares `listing` out.
    pub(crate) fn split(&self, listing: Listing) -> Result<Split> {
        if self.fold.is_some() && listing.validation.is_some() {
            return Err(Error::usage(
                "--fold: the set has a validation part of its own: --merge-validation learns from it too and holds out folds \
                 of both, or leave --fold out to be judged by that part",
            ));
        }
        let mut listing = self.grouped(listing)?;
        let (pictures, has_test) = (listing.train.len(), listing.test.is_some());
        let own_validation = listing.validation.as_ref().map(Vec::len);
        let test = self.test.unwrap_or_else(|| Shares::test_of(pictures));
        let notes = listing.remarks();
        listing.notes.clear();
        let mut split = match self.fold {
            Some(fold) => listing.fold(fold, test, self.seed)?,
            None => listing.split(Shares { validation: self.validation, test }, self.seed)?,
        };
        split.notes.splice(0..0, notes);
        if self.test.is_none() && !has_test && test != Shares::test_of(0) {
            split.notes.push(format!(
                "{:.0} % of each class are held out for the test, as is usual for {pictures} pictures; --test-split \
                 takes another share",
                100.0 * test
            ));
        }
        split.notes.extend(own_validation.and_then(|own| too_small(own, pictures)));
        Ok(split)
    }
}

/// A validation part of fewer than a twentieth of the pictures to learn from chooses by chance.
fn too_small(validation: usize, train: usize) -> Option<String> {
    (validation > 0 && 20 * validation < train && validation < 1_000).then(|| {
        format!(
            "the set's own validation part, {validation} beside {train} to learn from, is too small to choose by: \
             --merge-validation learns from it too and holds out another"
        )
    })
}

fn columns(recipe: &Recipe) -> Columns {
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Columns {
        path: given(&recipe.path_column),
        label: given(&recipe.label_column),
        split: given(&recipe.split_column),
        group: given(&recipe.group_column),
        folder: Some(recipe.image_folder.clone()).filter(|folder| !folder.as_os_str().is_empty()),
    }
}

/// The pictures before any is decoded.
pub(crate) struct Listed {
    folder: PathBuf,
    pub(crate) classes: Vec<String>,
    pub(crate) split: Split,
    skipped: Vec<Skipped>,
    notes: Vec<String>,
}

impl Listed {
    pub(crate) fn read(data: &Path, division: &Division, observer: &mut Observer) -> Result<Self> {
        let listing = division.list(data)?;
        let lying = Lying::of(&listing);
        let listed = Self::of(data, (listing, &lying), |listing| division.split(listing))?;
        listed.tell(observer);
        Ok(listed)
    }

    /// For the run in `folder`. Where it goes on, each picture is in the part where it was, also when others were added or
    /// taken away. What is now in which part is written there.
    pub(crate) fn of_run(
        recipe: &Recipe,
        division: &Division,
        (folder, begun): (&RunFolder, Option<Begun>),
        observer: &mut Observer,
    ) -> Result<Self> {
        let root = Root::of(recipe);
        let listing = division.list(&recipe.data)?;
        root.check_names(&listing)?;
        let listed = match begun {
            None => Self::begin((recipe, &root), division, folder, listing)?,
            Some(begun) => Self::go_on((recipe, &root), division, (folder, begun), listing)?,
        };
        listed.tell(observer);
        Ok(listed)
    }

    fn begin(
        (recipe, root): (&Recipe, &Root),
        division: &Division,
        folder: &RunFolder,
        listing: Listing,
    ) -> Result<Self> {
        let lying = Lying::of(&listing);
        let listed = Self::of(&recipe.data, (listing, &lying), |listing| division.split(listing))?;
        let mut begun = Begun::by(recipe)?;
        begun.notes.clone_from(&listed.split.notes);
        begun.write(&PartRecord::of(root, &listed.classes, &listed.split), folder)?;
        Ok(listed)
    }

    fn go_on(
        (recipe, root): (&Recipe, &Root),
        division: &Division,
        (folder, mut begun): (&RunFolder, Begun),
        listing: Listing,
    ) -> Result<Self> {
        let before = begun.parts(folder)?;
        before.check_pictures((root, &recipe.data), &listing)?;
        let lying = Lying::of(&listing);
        let restored = before.restore(root, listing);
        let mut listed = Self::of(&recipe.data, (restored, &lying), |listing| division.keep(listing))?;
        let now = PartRecord::of(root, &listed.classes, &listed.split);
        before.check_classes(&now)?;
        let said = before.changes(&now, begun.gone).filter(|said| !begun.notes.contains(said));
        begun.notes.extend(said);
        begun.gone = before.gone(&now);
        let new = std::mem::take(&mut listed.notes).into_iter().filter(|note| !begun.notes.contains(note));
        listed.notes = begun.notes.iter().cloned().chain(new.collect::<Vec<_>>()).collect();
        begun.go_on_by(recipe)?;
        begun.write(&before.and(now), folder)?;
        Ok(listed)
    }

    fn of(
        data: &Path,
        (listing, lying): (Listing, &Lying),
        share_out: impl FnOnce(Listing) -> Result<Split>,
    ) -> Result<Self> {
        // A copy of a test picture among the training ones would make the test worthless.
        let (listing, duplicates) = listing.split_off_duplicates();
        let (classes, skipped) = (listing.classes.clone(), listing.skipped.clone());
        let warnings = lying.warnings(data, &listing, &duplicates);
        let split = share_out(listing)?;
        let notes = [split.notes.clone(), warnings].concat();
        Ok(Self { folder: data.to_path_buf(), classes, split, skipped, notes })
    }

    fn tell(&self, observer: &mut Observer) {
        observer(Event::Pictures { classes: &self.classes, split: &self.split });
        self.notes.iter().for_each(|note| observer(Event::Notice(note)));
    }

    /// Decodes what is to lie in memory and finds out what cannot be read, by so many threads, until `stop` is set.
    pub(crate) fn load(
        self,
        preprocess: &Preprocess,
        (feeding, threads): (&Feeding, usize),
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<Pictures> {
        let Self { folder, split, mut skipped, mut notes, .. } = self;
        let mut load = |samples: Vec<Sample>, what: &str, in_memory: bool| {
            let memory_limit_bytes = if in_memory { usize::MAX } else { 0 };
            let options = SourceOptions { memory_limit_bytes, workers: threads };
            let mut source = Source::new(samples, preprocess, options);
            match load(&mut source, what, observer, stop) {
                Ok(report) => {
                    source.set_workers(feeding.workers(report.most_pixels));
                    skipped.extend(report.skipped);
                    Ok::<_, Error>(source)
                }
                // Pictures to learn from are needed; a part to measure with may turn out empty.
                Err(error) if what == TRAINING || stop.load(Ordering::Relaxed) => Err(error),
                Err(error) => {
                    notes.push(format!("the {what} part is left out: {error}"));
                    observer(Event::Notice(&notes[notes.len() - 1]));
                    skipped.extend(source.samples().iter().map(unreadable));
                    Ok(Source::new(Vec::new(), preprocess, options))
                }
            }
        };
        let [train_in_memory, validation_in_memory, test_in_memory] = feeding.in_memory;
        let mut validation = load(split.validation, "validation", validation_in_memory)?;
        let mut test = load(split.test, "test", test_in_memory)?;
        let mut train = load(split.train, TRAINING, train_in_memory)?;
        if feeding.segments.count > 1 {
            train.keep_segments_of(feeding.segments.largest(train.len()));
        }
        [&mut validation, &mut test].into_iter().for_each(|part| part.share_batches_with(&train));
        if !skipped.is_empty() {
            observer(Event::Skipped(&skipped));
        }
        let pictures = Pictures { train, validation, test, skipped, notes };
        pictures.check(&folder)?;
        Ok(pictures)
    }
}

fn unreadable(sample: &Sample) -> Skipped {
    Skipped { path: sample.path.clone(), reason: "it cannot be read".to_string() }
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
        all_skipped(&self.skipped, &[&self.train, &self.validation, &self.test])
    }
}

/// Those that are known, and those that `sources` could not read, each once.
pub(crate) fn all_skipped(known: &[Skipped], sources: &[&Source]) -> Vec<Skipped> {
    let passes = sources.iter().flat_map(|source| source.skipped());
    let mut all: Vec<Skipped> = known.iter().cloned().chain(passes).collect();
    all.sort();
    all.dedup_by(|a, b| a.path == b.path);
    all
}

/// The pictures to judge a finished model by: the test part of `folder`, or all of it when it has no parts; and what is
/// known not to be one. Each is needed once, so that none is kept in memory.
pub(crate) fn read_for_evaluation(
    (data, columns): (&Path, &Columns),
    classes: &[String],
    preprocess: &Preprocess,
    threads: usize,
    observer: &mut Observer,
) -> Result<(Source, Vec<Skipped>)> {
    let listing = read_set(data, columns)?;
    let by_model: Option<Vec<u32>> = listing
        .classes
        .iter()
        .map(|name| classes.iter().position(|class| class == name).map(|class| class as u32))
        .collect();
    let Some(by_model) = by_model else {
        let message = format!(
            "{} has the classes {}, and the model knows {}: give pictures of the model's classes",
            data.display(),
            listing.classes.join(", "),
            classes.join(", ")
        );
        return Err(Error::new(ErrorKind::Data, message));
    };
    let remarks = listing.remarks();
    let (mut samples, part) = match (listing.test, listing.validation) {
        (Some(test), _) => (test, "the test part is judged"),
        (None, Some(validation)) => (
            validation,
            "there is no test part, so the validation part is judged, which may have chosen the best epoch",
        ),
        (None, None) => (
            listing.train,
            "all pictures are judged; those that the model was trained on say nothing about others",
        ),
    };
    remarks.iter().for_each(|remark| observer(Event::Notice(remark)));
    observer(Event::Notice(part));
    samples.iter_mut().for_each(|sample| sample.label = by_model[sample.label as usize]);
    let options = SourceOptions { memory_limit_bytes: 0, workers: threads };
    let mut source = Source::new(samples, preprocess, options);
    load(&mut source, "test", observer, &AtomicBool::new(false))?;
    Ok((source, listing.skipped))
}

fn load(source: &mut Source, what: &str, observer: &mut Observer, stop: &AtomicBool) -> Result<LoadReport> {
    if source.is_empty() {
        let (kept, skipped) = (Kept::InMemory, Vec::new());
        return Ok(LoadReport { pictures: 0, skipped, kept, memory_bytes: 0, most_pixels: 0 });
    }
    observer(Event::Started(&format!("reading {} {what} pictures", source.len())));
    Ok(source.load_unless(stop)?)
}

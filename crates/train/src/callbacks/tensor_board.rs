//! Learning curves for TensorBoard: Keras's `TensorBoard`, with the tags of its scalars, its histograms of weights, a
//! run's settings for the HParams page, and pictures such as a confusion matrix.
//!
//! `train/` gets `epoch_loss`, `epoch_accuracy`, …, `epoch_learning_rate`; `validation/` the same of validation.

mod event;
mod histogram;
mod hyperparameters;
mod picture;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use event::{Event, Image, Kind};
pub use hyperparameters::HyperParameter;
pub use picture::{Draw, Picture};

use super::{Callback, EpochEnd, Flow};
use crate::scores::VALIDATION_PREFIX;
use crate::{EpochRecord, Error, ErrorKind, Observer, Result};

/// The folders that Keras writes to.
const TRAIN: &str = "train";
const VALIDATION: &str = "validation";

/// The tag of an epoch's confusion matrix.
const CONFUSION: &str = "epoch_confusion_matrix";

/// Appends each epoch's figures to event files in a folder.
pub struct TensorBoard {
    /// Epochs from one histogram of the weights that learn to the next; 0 for none, Keras's default.
    pub histogram_freq: usize,
    /// Settings for the HParams page; it gets nothing where there are none.
    pub hyperparameters: Vec<(String, HyperParameter)>,
    /// Draws the confusion matrix of the validation pictures after an epoch: after each of the first 64, then after
    /// every second one, and so on.
    pub confusion: Option<Box<dyn Draw>>,
    session: EventFile,
    train: EventFile,
    validation: EventFile,
}

impl TensorBoard {
    /// Writes into `folder/train` and `folder/validation`, which appear with the first epoch.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        let file = |part| EventFile::new(folder.as_ref().join(part));
        let session = EventFile::new(folder.as_ref().to_path_buf());
        let (train, validation) = (file(TRAIN), file(VALIDATION));
        Self { histogram_freq: 0, hyperparameters: Vec::new(), confusion: None, session, train, validation }
    }

    /// Says once which settings the run has and which figures are to come.
    fn begin_session(&mut self, figures: &(Scalars, Scalars)) -> Result<()> {
        if self.hyperparameters.is_empty() || self.session.open.is_some() {
            return Ok(());
        }
        let of = |part, scalars: &Scalars| -> Vec<(&'static str, String)> {
            scalars.iter().map(|(tag, _)| (part, tag.clone())).collect()
        };
        let metrics = of(VALIDATION, &figures.1).into_iter().chain(of(TRAIN, &figures.0));
        let now = seconds_since_1970();
        self.session.append(now, hyperparameters::start(now, &self.hyperparameters, metrics))
    }

    /// What the model takes the validation pictures for.
    fn confusion(&mut self, now: f64, step: i64, end: &EpochEnd<'_>) -> Result<Option<Event>> {
        let (Some(draw), Some(predictions)) = (&mut self.confusion, end.validation) else { return Ok(None) };
        if !picture::is_drawn(end.record.epoch) {
            return Ok(None);
        }
        let drawn = draw.draw(predictions).map_err(|error| {
            Error::new(ErrorKind::File, format!("the confusion matrix for TensorBoard: {error}"))
        })?;
        Ok(drawn.map(|picture| picture_event((now, step), CONFUSION, picture)))
    }

    /// How the weights that learn are spread.
    fn histograms(&self, now: f64, step: i64, end: &EpochEnd<'_>) -> Vec<Event> {
        if self.histogram_freq == 0 || !end.record.epoch.is_multiple_of(self.histogram_freq) {
            return Vec::new();
        }
        let learned = end.graph.parameters().iter().filter(|parameter| end.graph.is_trained(parameter));
        let of = |parameter: &graph::Parameter| {
            let histogram = histogram::histogram(end.weights.get(parameter))?;
            Some(Event::of(now, step, &format!("{}/histogram", parameter.name), Kind::Histogram(histogram)))
        };
        learned.filter_map(of).collect()
    }
}

impl Callback for TensorBoard {
    fn name(&self) -> &'static str {
        "TensorBoard"
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, _observer: &mut Observer<'_>) -> Result<Flow> {
        let figures = scalars(end.record);
        self.begin_session(&figures)?;
        let (train, validation) = figures;
        // Keras counts epochs from 0 here.
        let (now, step) = (seconds_since_1970(), end.record.epoch as i64 - 1);
        let events = |scalars: Scalars| {
            scalars.into_iter().map(move |(tag, value)| Event::scalar(now, step, &tag, value))
        };
        let histograms = self.histograms(now, step, end);
        self.train.append(now, events(train).chain(histograms).collect())?;
        let confusion = self.confusion(now, step, end)?;
        self.validation.append(now, events(validation).chain(confusion).collect())?;
        Ok(Flow::Continue(()))
    }
}

/// What is added to the folder of a [`TensorBoard`] after training.
#[derive(Debug)]
pub struct TensorBoardFolder {
    folder: PathBuf,
    step: i64,
}

impl TensorBoardFolder {
    /// In `folder`, after `epochs`.
    pub fn new(folder: impl AsRef<Path>, epochs: usize) -> Self {
        Self { folder: folder.as_ref().to_path_buf(), step: epochs as i64 - 1 }
    }

    /// Adds a picture of `part` (as `validation`).
    ///
    /// # Errors
    /// The file can't be written.
    pub fn picture(&self, part: &str, tag: &str, picture: Picture) -> Result<()> {
        let now = seconds_since_1970();
        let event = picture_event((now, self.step), tag, picture);
        EventFile::new(self.folder.join(part)).append(now, vec![event])
    }

    /// Says that the session of the HParams page is over.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn end_session(&self) -> Result<()> {
        let now = seconds_since_1970();
        EventFile::new(self.folder.clone()).append(now, vec![hyperparameters::end(now)])
    }
}

fn picture_event((now, step): (f64, i64), tag: &str, picture: Picture) -> Event {
    const RGB: i32 = 3;
    let [height, width] = picture.size.map(|side| side as i32);
    let image = Image { height, width, colorspace: RGB, encoded: picture.png };
    Event::picture(now, step, tag, image, &picture.description)
}

/// Tags and values for the two folders.
fn scalars(record: &EpochRecord) -> (Scalars, Scalars) {
    let (mut train, mut validation) = (Vec::new(), Vec::new());
    for (name, value) in record.scores.iter() {
        match name.strip_prefix(VALIDATION_PREFIX) {
            Some(name) => validation.push((format!("epoch_{name}"), value as f32)),
            None => train.push((format!("epoch_{name}"), value as f32)),
        }
    }
    train.push(("epoch_learning_rate".to_owned(), record.learning_rate));
    (train, validation)
}

type Scalars = Vec<(String, f32)>;

/// A file of events, made when there is a first one.
#[derive(Debug)]
struct EventFile {
    folder: PathBuf,
    open: Option<(File, PathBuf)>,
}

impl EventFile {
    fn new(folder: PathBuf) -> Self {
        Self { folder, open: None }
    }

    fn append(&mut self, now: f64, events: Vec<Event>) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let (file, path) = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(create(&self.folder, now)?),
        };
        // One write for the whole epoch: TensorBoard reads on while we write.
        let written = event::records(events).and_then(|records| file.write_all(&records));
        Ok(written.map_err(|error| files::Error::new("write", path, error))?)
    }
}

/// A new event file with its opening record. Event files are the one kind that grows: TensorBoard follows them.
fn create(folder: &Path, now: f64) -> Result<(File, PathBuf)> {
    files::create_folder(folder)?;
    let mut path = PathBuf::new();
    for attempt in 0.. {
        path =
            folder.join(format!("events.out.tfevents.{now:.0}.linnaeus.{}.{attempt}.v2", std::process::id()));
        if !path.exists() {
            break;
        }
    }
    let opening = event::records([Event::opening(now)]);
    files::write(&path, opening.map_err(|error| files::Error::new("write", &path, error))?)?;
    let opened = OpenOptions::new().append(true).open(&path);
    let file = opened.map_err(|error| files::Error::new("open", &path, error))?;
    Ok((file, path))
}

fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |passed| passed.as_secs_f64())
}

#[cfg(test)]
mod tests;

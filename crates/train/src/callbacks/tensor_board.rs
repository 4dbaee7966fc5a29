//! Learning curves for TensorBoard: Keras's `TensorBoard`, with the tags of its scalars.
//!
//! `train/` gets `epoch_loss`, `epoch_accuracy`, …, `epoch_learning_rate`; `validation/` the same of validation.

mod event;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use event::Event;

use super::{Callback, EpochEnd, Flow};
use crate::scores::VALIDATION_PREFIX;
use crate::{EpochRecord, Observer, Result};

/// Appends each epoch's figures to event files in a folder.
#[derive(Debug)]
pub struct TensorBoard {
    train: EventFile,
    validation: EventFile,
}

impl TensorBoard {
    /// Writes into `folder/train` and `folder/validation`, which appear with the first epoch.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        let file = |part| EventFile { folder: folder.as_ref().join(part), open: None };
        Self { train: file("train"), validation: file("validation") }
    }
}

impl Callback for TensorBoard {
    fn name(&self) -> &'static str {
        "TensorBoard"
    }

    fn on_epoch_end(&mut self, end: &EpochEnd<'_>, _observer: &mut Observer<'_>) -> Result<Flow> {
        let (train, validation) = scalars(end.record);
        // Keras counts epochs from 0 here.
        let step = end.record.epoch - 1;
        self.train.append(step, &train)?;
        self.validation.append(step, &validation)?;
        Ok(Flow::Continue(()))
    }
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
    fn append(&mut self, step: usize, scalars: &Scalars) -> Result<()> {
        if scalars.is_empty() {
            return Ok(());
        }
        let now = seconds_since_1970();
        let events = scalars.iter().map(|(tag, value)| Event::scalar(now, step as i64, tag, *value));
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

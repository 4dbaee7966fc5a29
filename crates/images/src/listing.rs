//! The pictures of a set, before anything is decoded.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::tfrecord::{Held, Values, read_record};
use crate::{Part, Result};

/// One labelled picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// The picture's file.
    pub path: PathBuf,
    /// The number of its class, into [`Listing::classes`].
    pub label: u32,
    /// The number of its group: pictures of one group, such as those of one patient, stay together when a set is split.
    pub group: Option<u32>,
    /// Where it lies, if it is no file by itself; the path then ends in the record's number.
    pub record: Option<Record>,
}

/// A picture in a TFRecord file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    pub(crate) file: Arc<Path>,
    /// Its first byte, and how many there are.
    pub(crate) place: (u64, u64),
    /// What normalized values lie between.
    pub(crate) values: Values,
}

impl Record {
    pub(crate) fn new(file: &Arc<Path>, place: (u64, u64)) -> Self {
        Self { file: Arc::clone(file), place, values: Values::default() }
    }

    /// The picture, read through `data`.
    pub(crate) fn read(&self, data: &mut Vec<u8>) -> Result<Held> {
        read_record(&self.file, self.place, data)?;
        Held::of(data, self.values)
    }
}

impl Sample {
    /// The picture at `path`, of class `label`, in no group.
    pub fn new(path: impl Into<PathBuf>, label: u32) -> Self {
        Self { path: path.into(), label, group: None, record: None }
    }

    /// How many bytes its file or its record has; 0 where that cannot be found out.
    pub fn stored_bytes(&self) -> u64 {
        match &self.record {
            Some(record) => record.place.1,
            None => std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len()),
        }
    }
}

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Why, for a person to read.
    pub reason: String,
}

/// A file of records that can be read up to some byte alone, since it was cut off or changed there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The file.
    pub file: PathBuf,
    /// How many records come before.
    pub records: u64,
    /// The first byte that cannot be read as a record, of how many bytes.
    pub from: (u64, u64),
    /// Why, for a person to read.
    pub reason: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, records, from: (from, size), reason } = self;
        let were = if *records == 1 { "record was" } else { "records were" };
        write!(
            f,
            "{}: {records} {were} read, and the rest of the file, from byte {from} of {size} on, cannot be: {reason}; how many \
             pictures it held is not known",
            file.display()
        )
    }
}

impl Listing {
    /// What a person should know: the notes, and which files cannot be read to their ends.
    pub fn remarks(&self) -> Vec<String> {
        self.notes.iter().cloned().chain(self.unread.iter().map(Unread::to_string)).collect()
    }

    /// The parts that there are, each with its pictures.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &[Sample])> {
        let (validation, test) = (self.validation.as_deref(), self.test.as_deref());
        let parts =
            [(Part::Train, Some(self.train.as_slice())), (Part::Validation, validation), (Part::Test, test)];
        parts.into_iter().filter_map(|(part, samples)| Some((part, samples?)))
    }

    /// Whether some pictures must stay together.
    pub fn is_grouped(&self) -> bool {
        let others = [&self.validation, &self.test].into_iter().flatten().flatten();
        self.train.iter().chain(others).any(|sample| sample.group.is_some())
    }
}

/// What a set holds: its classes, and the pictures of each part that it gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Class names. Those of folders are sorted by their bytes, as Keras's `image_dataset_from_directory` sorts them.
    pub classes: Vec<String>,
    /// Pictures to train on; all of them when the set gives no parts.
    pub train: Vec<Sample>,
    /// Pictures of the set's own validation part, if it has one.
    pub validation: Option<Vec<Sample>>,
    /// Pictures of the set's own test part, if it has one.
    pub test: Option<Vec<Sample>>,
    /// Files that are not pictures, or pictures that can't be read.
    pub skipped: Vec<Skipped>,
    /// Files of records that can be read in part.
    pub unread: Vec<Unread>,
    /// What a person should know about the set, a sentence each.
    pub notes: Vec<String>,
}

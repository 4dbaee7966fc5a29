//! Lists the pictures of TFRecord files: one, or a folder of shards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::example::{Entry, Label};
use super::picture::Raw;
use super::{Fault, Records, Values};
use crate::part::{Part, Parts};
use crate::{Error, ErrorKind, Listing, Record, Result, Sample, Skipped, Unread};

/// Endings of such files, perhaps followed by a shard's number, as in `train.tfrecord-00000-of-00004`.
const ENDINGS: [&str; 3] = ["tfrecord", "tfrecords", "tfrec"];
/// The file beside the shards that names the classes, a line each.
const CLASSES: &str = "classes.txt";
/// The largest file of names.
const LIMIT_NAMES: u64 = 1 << 20;

/// Whether `path` is a TFRecord file by its name, or a folder that holds such files and no folders.
pub(crate) fn is_tfrecord(path: &Path) -> bool {
    is_shard(path) || path.is_dir() && shards(path).is_ok_and(|shards| !shards.is_empty())
}

fn is_shard(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file()) else {
        return false;
    };
    // In front of the ending may be any name, behind it a shard's number: `pets.v1.tfrecord-00000-of-00004`.
    let parts = name.split('.').skip(1).map(|part| part.split('-').next().unwrap_or_default().to_lowercase());
    parts.into_iter().any(|part| ENDINGS.contains(&part.as_str())) && !name.starts_with('.')
}

/// The files to read, in order.
fn shards(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let failed = |e: std::io::Error| Error::missing(&e).within(format_args!("can't read {}", path.display()));
    let mut shards = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            return Ok(Vec::new()); // class folders
        }
        if is_shard(&path) {
            shards.push(path);
        }
    }
    shards.sort();
    Ok(shards)
}

/// Sets of shards of which some are not there: `train-00000-of-00004` says that there are four.
fn missing_shards(path: &Path) -> Result<Vec<String>> {
    let mut counted: BTreeMap<(String, usize), usize> = BTreeMap::new();
    for shard in shards(path)?.iter().filter(|_| path.is_dir()) {
        let name = shard.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let Some((before, after)) = name.rsplit_once("-of-") else { continue };
        let of = after.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
        let set = before.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
        if let Some(of) = of {
            *counted.entry((set.to_owned(), of)).or_default() += 1;
        }
    }
    let missing = counted.into_iter().filter(|((_, of), found)| found < of);
    let note = |((set, of), found): ((String, usize), usize)| {
        format!("{found} of {of} files of {set} are there: the pictures of the others are missing")
    };
    Ok(missing.map(note).collect())
}

/// Lists the pictures in the TFRecord file at `path`, or in all of those in the folder there.
///
/// A file whose name begins with `val` (or `valid`, `validation`) or `test` is of that part. Features are `image`, `label`
/// and `shape`; `image` is a file's bytes, or pixels, or floats in 0 to 1, −1 to 1 or 0 to 255. Classes are named by a
/// file `classes.txt` in the folder, a line each, else by their numbers. Every record is read and its checksum compared;
/// one that is damaged is in [`Listing::skipped`]. A file that is cut off, or whose next record cannot be found, is in
/// [`Listing::unread`].
///
/// # Errors
/// A file can't be read, there is not one picture, or all are of one class; labels are numbers here and names there.
pub fn read_tfrecords(path: &Path) -> Result<Listing> {
    let mut gathered = Gathered::default();
    for shard in shards(path)? {
        gathered.read(&shard)?;
    }
    gathered.into_listing(path)
}

/// The records of all files.
#[derive(Default)]
struct Gathered {
    found: Vec<(Part, Label, Sample)>,
    skipped: Vec<Skipped>,
    unread: Vec<Unread>,
    least: f32,
    most: f32,
}

/// The part that a file's name begins with.
fn part_of(shard: &Path) -> Part {
    let name = shard.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.split(|c: char| !c.is_alphabetic()).next().and_then(Part::called).unwrap_or(Part::Train)
}

/// The label of a record's picture, and between what its normalized values lie.
fn described(data: &[u8]) -> Result<(Label, Option<(f32, f32)>)> {
    let entry = Entry::of(data)?;
    let label = entry.label.clone();
    Ok((label, Raw::of(entry)?.range()?))
}

impl Gathered {
    fn read(&mut self, shard: &Path) -> Result<()> {
        let mut records = Records::open(shard)?;
        let (file, part): (Arc<Path>, _) = (Arc::from(shard), part_of(shard));
        for number in 0_u64.. {
            // As a path, so that whoever names the picture says where it is.
            let mut path = shard.as_os_str().to_os_string();
            path.push(format!("#{number}"));
            let path = PathBuf::from(path);
            let mut skip = |error: Error| {
                self.skipped.push(Skipped { path: path.clone(), reason: error.to_string() });
            };
            let from = (records.position, records.size);
            match records.next() {
                Ok(None) => break,
                Ok(Some((offset, data))) => match described(data) {
                    Ok((label, range)) => {
                        let record = Record::new(&file, (offset, data.len() as u64));
                        self.found.push((
                            part,
                            label,
                            Sample { record: Some(record), ..Sample::new(path, 0) },
                        ));
                        if let Some((least, most)) = range {
                            (self.least, self.most) = (self.least.min(least), self.most.max(most));
                        }
                    }
                    Err(error) => skip(error),
                },
                Err(Fault::Record(error)) => skip(error),
                Err(Fault::Rest(_)) if number == 0 && is_gzip(shard) => {
                    let message = "it is compressed with gzip: unpack it first".to_owned();
                    return Err(Error::new(ErrorKind::Unsupported, message).within(shard.display()));
                }
                Err(Fault::Rest(error)) => {
                    let (file, reason) = (shard.to_path_buf(), error.to_string());
                    self.unread.push(Unread { file, records: number, from, reason });
                    break;
                }
            }
        }
        Ok(())
    }

    fn into_listing(self, path: &Path) -> Result<Listing> {
        let within = |error: Error| error.within(path.display());
        let values = Values::holding(self.least, self.most).ok_or_else(|| {
            within(Error::damaged(format!(
                "its floats lie between {} and {}: expected 0 to 1, -1 to 1 or 0 to 255",
                self.least, self.most
            )))
        })?;
        let labels: BTreeSet<Label> = self.found.iter().map(|(_, label, _)| label.clone()).collect();
        let labels: Vec<Label> = labels.into_iter().collect();
        let classes = class_names(path, &labels).map_err(within)?;
        self.check_classes(&classes).map_err(within)?;
        let notes = missing_shards(path)?;
        let mut parts = Parts::default();
        for (part, label, mut sample) in self.found {
            sample.label = classes.number_of(&label, &labels);
            sample.record = sample.record.map(|record| Record { values, ..record });
            parts.push(part, sample);
        }
        Ok(Listing { unread: self.unread, ..parts.into_listing(classes.names, self.skipped, notes) })
    }

    fn check_classes(&self, classes: &Classes) -> Result<()> {
        match (self.found.is_empty(), classes.names.as_slice()) {
            (true, _) => {
                let why = match (self.skipped.first(), self.unread.first()) {
                    (None, None) => "there is no record in it".to_owned(),
                    (None, Some(unread)) => unread.to_string(),
                    (Some(first), _) => {
                        format!("none of its records can be used; {}: {}", first.path.display(), first.reason)
                    }
                };
                Err(Error::new(ErrorKind::Empty, why))
            }
            (false, [only]) => Err(Error::new(
                ErrorKind::OneClass,
                format!("all pictures are of one class ({only:?}), and telling apart takes two"),
            )),
            _ => Ok(()),
        }
    }
}

/// What classes are called.
struct Classes {
    names: Vec<String>,
    /// Whether labels count the lines of a file of names.
    are_lines: bool,
}

impl Classes {
    fn number_of(&self, label: &Label, labels: &[Label]) -> u32 {
        match label {
            Label::Number(number) if self.are_lines => *number as u32,
            label => labels.binary_search(label).unwrap_or_default() as u32,
        }
    }
}

/// `labels` are sorted.
fn class_names(path: &Path, labels: &[Label]) -> Result<Classes> {
    let names = |names: Vec<String>| Ok(Classes { names, are_lines: false });
    match (labels.first(), labels.last()) {
        (Some(Label::Number(least)), Some(Label::Number(most))) => {
            let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
            match read_names(&folder.join(CLASSES))? {
                None => names(labels.iter().map(ToString::to_string).collect()),
                Some(lines) if *least >= 0 && (*most as u64) < lines.len() as u64 => {
                    Ok(Classes { names: lines, are_lines: true })
                }
                Some(lines) => Err(Error::new(
                    ErrorKind::ClassNames,
                    format!(
                        "labels go from {least} to {most}, and {CLASSES} names {} classes: expected 0 to {}",
                        lines.len(),
                        lines.len().saturating_sub(1)
                    ),
                )),
            }
        }
        (Some(Label::Number(_)), _) => {
            let message = "some labels are numbers and some are names: expected one of the two";
            Err(Error::new(ErrorKind::ClassNames, message))
        }
        _ => names(labels.iter().map(ToString::to_string).collect()),
    }
}

/// The lines of the file of names; none where there is no such file.
fn read_names(path: &Path) -> Result<Option<Vec<String>>> {
    match std::fs::metadata(path) {
        Err(_) => return Ok(None),
        Ok(metadata) if metadata.len() > LIMIT_NAMES => {
            return Err(Error::new(ErrorKind::TooLarge, format!("{CLASSES} is larger than 1 MiB")));
        }
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|e| Error::missing(&e).within(CLASSES))?;
    Ok(Some(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()))
}

fn is_gzip(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 2];
    crate::content::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == [0x1f, 0x8b]
}

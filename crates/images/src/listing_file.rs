//! Reads a listing of labelled pictures: CSV, TSV, JSON or JSON Lines.
//!
//! Each row names a picture's file and its label and, where there are such columns, the part of the set that it belongs
//! to and its group. Files are looked for beside the listing, or in a folder that is given.

mod columns;
mod delimited;
mod json;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::content::Role;
use crate::part::{Part, Parts};
use crate::{Error, ErrorKind, Listing, Result, Sample, Skipped};

pub use columns::Columns;
use columns::Places;

/// The largest listing that is read: some million rows.
const LIMIT_BYTES: u64 = 128 << 20;
/// The most cells of a listing, rows times columns.
const MOST_CELLS: usize = 20_000_000;

/// Makes a table of a file's bytes.
type Reader = fn(&[u8]) -> Result<Table>;

/// Endings of listings, each with what reads it.
const READERS: &[(&str, Reader)] = &[
    ("csv", |bytes| delimited::read(bytes, None)),
    ("tsv", |bytes| delimited::read(bytes, Some(b'\t'))),
    ("json", json::read),
    ("jsonl", json::read_lines),
    ("ndjson", json::read_lines),
];

/// What a listing holds, before anybody knows what its columns mean.
#[derive(Debug, PartialEq)]
struct Table {
    /// The columns' names, where rows are objects. Of a table, the first row may hold them.
    names: Option<Vec<String>>,
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq)]
struct Row {
    /// Its line in the file; in one JSON text, its number.
    line: u64,
    cells: Vec<String>,
}

/// Counts cells; a small file may claim to have any number of them.
#[derive(Default)]
struct Cells(usize);

impl Cells {
    fn add(&mut self, cells: usize) -> Result<()> {
        self.0 += cells;
        match self.0 {
            0..=MOST_CELLS => Ok(()),
            _ => Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "it has more than {MOST_CELLS} cells: leave out columns that say neither file nor label"
                ),
            )),
        }
    }
}

/// Whether `path` is called as a listing is.
pub(crate) fn is_listing(path: &Path) -> bool {
    reader_of(path).is_some()
}

fn reader_of(path: &Path) -> Option<Reader> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    READERS.iter().find(|(known, _)| *known == ending).map(|(_, read)| *read)
}

/// Lists the pictures that the file at `path` names. Classes are sorted as folders are, numbers by their value.
///
/// A row whose file is missing or no picture, or that has no label, is in [`Listing::skipped`]; so is a picture that
/// the listing gives two labels. A name without an ending stands for the picture of that name, as in tables of
/// `image_id`.
///
/// # Errors
/// The file is missing, too large, or not of the format that its name says; there is no such column; a part has a name
/// that is not known, or two parts have a picture; not one picture is there, or all are of one class.
pub fn read_listing(path: &Path, columns: &Columns) -> Result<Listing> {
    let within = |error: Error| error.within(path.display());
    let read = reader_of(path).ok_or_else(|| {
        let known: Vec<&str> = READERS.iter().map(|(ending, _)| *ending).collect();
        within(Error::value(format!("a listing's name ends in one of: {}", known.join(", "))))
    })?;
    let table = read_bytes(path).and_then(|bytes| read(&bytes)).map_err(within)?;
    let root = match &columns.folder {
        Some(folder) => folder.as_path(),
        None => path.parent().unwrap_or(Path::new("")),
    };
    let (places, rows) =
        Places::find(columns, table, |cell| find_file(root, cell).is_some()).map_err(within)?;
    let entries =
        rows.iter().map(|row| Entry::of(row, &places)).collect::<Result<Vec<_>>>().map_err(within)?;
    let gathered = Gathered::of(entries, root).map_err(within)?;
    gathered.into_listing(path, places.group_name.as_deref())
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(path).map_err(|e| Error::missing(&e))?.len();
    if size > LIMIT_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("the listing has {} MiB, and up to {} are read", size >> 20, LIMIT_BYTES >> 20),
        ));
    }
    std::fs::read(path).map_err(|e| Error::missing(&e))
}

/// What one row says.
struct Entry<'a> {
    line: u64,
    file: &'a str,
    label: &'a str,
    part: Part,
    group: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn of(row: &'a Row, places: &Places) -> Result<Self> {
        let cell = |place: usize| row.cells.get(place).map_or("", |cell| cell.trim());
        let part = match places.split.map(cell) {
            None | Some("") => Part::Train,
            Some(name) => Part::called(name).ok_or_else(|| {
                let line = row.line;
                Error::damaged(format!(
                    "line {line}: there is no part called {name:?}; there are train, val and test"
                ))
            })?,
        };
        let group = places.group.map(cell).filter(|group| !group.is_empty());
        Ok(Self { line: row.line, file: cell(places.path), label: cell(places.label), part, group })
    }
}

/// The file that a cell names: as it stands, or with the ending of a picture.
fn find_file(root: &Path, cell: &str) -> Option<PathBuf> {
    const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "JPG", "tif", "tiff", "webp", "bmp"];
    if cell.is_empty() {
        return None;
    }
    // As it stands first: where paths have no backslashes, a name may.
    let as_written = Some(root.join(cell)).filter(|path| path.is_file());
    let path = root.join(cell.replace('\\', "/"));
    let plain = as_written.or_else(|| Some(path.clone()).filter(|path| path.is_file()));
    plain.or_else(|| {
        let name = path.file_name()?.to_os_string();
        ENDINGS.iter().find_map(|ending| {
            let mut name = name.clone();
            name.push(".");
            name.push(ending);
            Some(path.with_file_name(name)).filter(|path| path.is_file())
        })
    })
}

/// What was learned would be tested, or what is tested learned.
fn told_of_two_parts(rows: &[String]) -> Error {
    const SHOWN: usize = 3;
    let more = match rows.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more rows"),
    };
    let shown = rows[..rows.len().min(SHOWN)].join("; ");
    Error::value(format!("a picture is in one part, and {shown}{more}: keep one row of each"))
}

/// Rows whose pictures are there, and those that are left out.
struct Gathered<'a> {
    found: Vec<(PathBuf, Entry<'a>)>,
    skipped: Vec<Skipped>,
    root: &'a Path,
    /// A file that is not there, and in which line it is named.
    first_missing: Option<(PathBuf, u64)>,
    /// Rows that say again what another said.
    repeated: usize,
}

impl<'a> Gathered<'a> {
    /// # Errors
    /// A picture is in two parts.
    fn of(entries: Vec<Entry<'a>>, root: &'a Path) -> Result<Self> {
        let mut gathered =
            Self { found: Vec::new(), skipped: Vec::new(), root, first_missing: None, repeated: 0 };
        let mut rows: HashMap<PathBuf, usize> = HashMap::new();
        let mut contradicted: BTreeSet<usize> = BTreeSet::new();
        let mut in_two_parts = Vec::new();
        for entry in entries {
            let Some(path) = gathered.picture_of(&entry) else { continue };
            let number = *rows.entry(path.clone()).or_insert(gathered.found.len());
            match gathered.found.get(number) {
                None => gathered.found.push((path, entry)),
                Some((first, Entry { part, line, .. })) if *part != entry.part => in_two_parts.push(format!(
                    "{} is in {} by line {line} and in {} by line {}",
                    first.display(),
                    part.name(),
                    entry.part.name(),
                    entry.line
                )),
                Some((_, Entry { label, .. })) if *label == entry.label => gathered.repeated += 1,
                Some((_, Entry { label, line, .. })) => {
                    let reason = format!(
                        "lines {line} and {} give it two labels, {label:?} and {:?}: a picture has one class",
                        entry.line, entry.label
                    );
                    if contradicted.insert(number) {
                        gathered.skipped.push(Skipped { path, reason });
                    }
                }
            }
        }
        let mut number = 0..;
        gathered.found.retain(|_| number.next().is_some_and(|number: usize| !contradicted.contains(&number)));
        match in_two_parts.is_empty() {
            true => Ok(gathered),
            false => Err(told_of_two_parts(&in_two_parts)),
        }
    }

    /// The picture of a row, unless it cannot be used.
    fn picture_of(&mut self, entry: &Entry<'_>) -> Option<PathBuf> {
        let line = entry.line;
        let (path, reason) = match find_file(self.root, entry.file) {
            None => {
                let path = self.root.join(entry.file);
                self.first_missing.get_or_insert((path.clone(), line));
                (path, format!("line {line}: there is no such file"))
            }
            Some(path) if entry.label.is_empty() => (path, format!("line {line}: it has no label")),
            Some(path) => match Role::of(&path) {
                Role::Picture => return Some(path),
                Role::Skipped(reason) => (path, reason),
                Role::Aside => (path, format!("line {line}: it is no picture")),
            },
        };
        self.skipped.push(Skipped { path, reason });
        None
    }

    fn into_listing(mut self, path: &Path, group_column: Option<&str>) -> Result<Listing> {
        let classes = self.classes(path)?;
        let numbers: HashMap<&str, u32> =
            classes.iter().enumerate().map(|(number, class)| (class.as_str(), number as u32)).collect();
        let mut notes = Vec::new();
        if self.repeated > 0 {
            notes.push(format!("rows that name a picture which another row names too: {}", self.repeated));
        }
        let mut groups: HashMap<&str, u32> = HashMap::new();
        let mut parts = Parts::default();
        for (path, entry) in std::mem::take(&mut self.found) {
            let count = groups.len() as u32;
            let group = entry.group.map(|name| *groups.entry(name).or_insert(count));
            parts.push(entry.part, Sample { group, ..Sample::new(path, numbers[entry.label]) });
        }
        if let Some(column) = group_column.filter(|_| !groups.is_empty()) {
            notes.push(format!(
                "column {column:?} keeps pictures together, {} groups, which are shared out whole",
                groups.len()
            ));
        }
        self.skipped.sort();
        Ok(parts.into_listing(classes, self.skipped, notes))
    }

    /// The labels of what was found, sorted.
    fn classes(&self, path: &Path) -> Result<Vec<String>> {
        let labels: BTreeSet<&str> = self.found.iter().map(|(_, entry)| entry.label).collect();
        let mut classes: Vec<String> = labels.iter().map(ToString::to_string).collect();
        let wrong = |kind, message| Err(Error::new(kind, format!("{}: {message}", path.display())));
        match (labels.len(), self.found.len()) {
            (0, _) => return wrong(ErrorKind::Empty, self.why_empty()),
            (1, _) => {
                let message =
                    format!("all pictures are of one class ({:?}), and telling apart takes two", classes[0]);
                return wrong(ErrorKind::OneClass, message);
            }
            (classes, pictures) if classes > MOST_SINGULAR && classes > pictures / 2 => {
                let message = format!(
                    "{pictures} pictures have {classes} different labels: is that the label's column? Choose another \
                     one with --label-column"
                );
                return wrong(ErrorKind::Value, message);
            }
            _ => {}
        }
        if let Ok(mut numbers) =
            classes.iter().map(|class| class.parse::<i64>()).collect::<Result<Vec<_>, _>>()
            && numbers.iter().zip(&classes).all(|(number, class)| number.to_string() == *class)
        {
            numbers.sort_unstable();
            classes = numbers.iter().map(ToString::to_string).collect();
        }
        Ok(classes)
    }

    fn why_empty(&self) -> String {
        match (&self.first_missing, self.skipped.first()) {
            (Some((path, line)), _) => format!(
                "none of its pictures ({}) is there; line {line} means {}; --image-folder says where they are",
                self.skipped.len(),
                path.display()
            ),
            (None, Some(first)) => {
                format!("it names no picture that can be used; {}: {}", first.path.display(), first.reason)
            }
            (None, None) => "it has no rows".into(),
        }
    }
}

/// More classes than this, and one for every second picture, are no classes.
const MOST_SINGULAR: usize = 20;

#[cfg(test)]
mod tests;

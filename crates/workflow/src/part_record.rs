//! Which picture is in which part, written down with a run as `split.csv`.
//!
//! A run that goes on after pictures were added would share all of them out anew, and test with pictures that it has
//! learned from. By this record each stays in the part where it was. The columns are those of a listing, so that another
//! training can take the same parts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use images::{Listing, Part, Sample, Split};

use crate::{Error, ErrorKind, Result};

const COLUMNS: [&str; 3] = ["path", "label", "split"];
const PARTS: [Part; 3] = [Part::Train, Part::Validation, Part::Test];

/// Each picture's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartRecord {
    classes: Vec<String>,
    /// By path, in the bytes that the system has for it.
    pictures: BTreeMap<Vec<u8>, Place>,
}

/// A picture's class, by number, and its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    label: u32,
    part: Part,
}

impl PartRecord {
    pub(crate) fn of(classes: &[String], split: &Split) -> Self {
        let parts = PARTS.into_iter().zip([&split.train, &split.validation, &split.test]);
        let pictures = parts.flat_map(|(part, samples)| {
            samples.iter().map(move |sample| (key(sample), Place { label: sample.label, part }))
        });
        Self { classes: classes.to_vec(), pictures: pictures.collect() }
    }

    /// What was written down at `path`; `None` where nothing was. `classes` are those that there are now.
    ///
    /// # Errors
    /// The file is damaged, or the classes were others.
    pub(crate) fn read(path: &Path, classes: &[String]) -> Result<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let damaged = |why: &str| {
            Error::new(
                ErrorKind::Data,
                format!("{}: {why}; it says which part each picture of this run is in", path.display()),
            )
        };
        let mut table = csv::Reader::from_path(path).map_err(|error| damaged(&error.to_string()))?;
        let mut known: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for row in table.byte_records() {
            let row = row.map_err(|error| damaged(&error.to_string()))?;
            let [picture, class, part] = [0, 1, 2].map(|column| row.get(column).unwrap_or(&[]));
            let class = String::from_utf8_lossy(class).into_owned();
            let part = PARTS.into_iter().find(|known| known.name().as_bytes() == part);
            let part = part.ok_or_else(|| damaged("a row names no part"))?;
            if known.last() != Some(&class) && !known.contains(&class) {
                known.push(class.clone());
            }
            rows.push((picture.to_vec(), class, part));
        }
        same_classes(&known, classes)?;
        let place = |class: &str, part| {
            let label = classes.iter().position(|known| known == class).unwrap_or_default() as u32;
            Place { label, part }
        };
        let pictures = rows.into_iter().map(|(picture, class, part)| (picture, place(&class, part)));
        Ok(Some(Self { classes: classes.to_vec(), pictures: pictures.collect() }))
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let cannot = |error: csv::Error| Error::new(ErrorKind::File, format!("{}: {error}", path.display()));
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(COLUMNS).map_err(cannot)?;
        for (picture, Place { label, part }) in &self.pictures {
            let class = self.classes.get(*label as usize).map_or("", String::as_str);
            let row = [picture.as_slice(), class.as_bytes(), part.name().as_bytes()];
            table.write_record(row).map_err(cannot)?;
        }
        let bytes = table.into_inner().map_err(|error| cannot(error.into_error().into()))?;
        Ok(files::write(path, bytes)?)
    }

    /// `listing` with each picture in the part where it was, as the parts that it gives. A new one is in the part in which
    /// the set has it, else it is learned from. What changed is added to its notes.
    pub(crate) fn restore(&self, listing: Listing) -> Listing {
        let Listing { train, validation, test, .. } = listing;
        let lying = PARTS.into_iter().zip([train, validation.unwrap_or_default(), test.unwrap_or_default()]);
        let mut parts = PARTS.map(|_| Vec::new());
        let mut added = [0; PARTS.len()];
        for (lies_in, sample) in lying.flat_map(|(part, samples)| samples.into_iter().map(move |s| (part, s)))
        {
            let place = self.pictures.get(&key(&sample));
            let part = place.map_or(lies_in, |place| place.part) as usize;
            added[part] += usize::from(place.is_none());
            parts[part].push(sample);
        }
        let found = parts.iter().map(Vec::len).sum::<usize>() - added.iter().sum::<usize>();
        let mut notes = listing.notes;
        notes.extend(changes(added, self.pictures.len().saturating_sub(found)));
        let [train, validation, test] = parts;
        Listing { train, validation: Some(validation), test: Some(test), notes, ..listing }
    }

    /// With the pictures of `later` too. Those that are gone stay: they may come back.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.pictures.extend(later.pictures);
        self
    }
}

fn key(sample: &Sample) -> Vec<u8> {
    sample.path.as_os_str().as_encoded_bytes().to_vec()
}

fn same_classes(before: &[String], now: &[String]) -> Result<()> {
    let sorted = |classes: &[String]| {
        let mut sorted = classes.to_vec();
        sorted.sort();
        sorted
    };
    let (before, now) = (sorted(before), sorted(now));
    if before == now {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Data,
        format!(
            "the run was begun with the classes {}, and now there are {}: it goes on with the same ones alone; for others \
             begin a new run, which --weights starts from what this one has learned",
            before.join(", "),
            now.join(", ")
        ),
    ))
}

/// What happened to the pictures since the run was left, if anything did.
fn changes(added: [usize; PARTS.len()], gone: usize) -> Option<String> {
    let all: usize = added.iter().sum();
    if all + gone == 0 {
        return None;
    }
    let mut text = format!("since the run was left, {all} pictures were added");
    let into: Vec<String> = PARTS
        .iter()
        .zip(added)
        .filter(|(_, count)| *count > 0)
        .map(|(part, count)| format!("{count} to {}", part.name()))
        .collect();
    if !into.is_empty() {
        let _ = write!(text, " ({})", into.join(", "));
    }
    let are = if gone == 1 { "is" } else { "are" };
    let _ = write!(text, " and {gone} {are} gone; all others stay in the part where they were");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(names: &[&str]) -> Vec<Sample> {
        names.iter().map(|name| Sample::new(*name, u32::from(name.starts_with('d')))).collect()
    }

    fn classes() -> Vec<String> {
        vec!["cat".into(), "dog, \"wild\"".into()]
    }

    fn split() -> Split {
        Split {
            train: samples(&["c1", "c2", "d1"]),
            validation: samples(&["c3", "d2"]),
            test: samples(&["d3"]),
            notes: Vec::new(),
        }
    }

    fn listing(train: &[&str], test: Option<&[&str]>) -> Listing {
        let (skipped, notes) = (Vec::new(), Vec::new());
        let (train, test) = (samples(train), test.map(samples));
        Listing { classes: classes(), train, validation: None, test, skipped, notes, unread: Vec::new() }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("split.csv");
        assert_eq!(PartRecord::read(&path, &classes()).unwrap(), None);
        let record = PartRecord::of(&classes(), &split());
        record.write(&path).unwrap();
        assert_eq!(PartRecord::read(&path, &classes()).unwrap().as_ref(), Some(&record));
        let error = PartRecord::read(&path, &["cat".into(), "eel".into()]).unwrap_err().to_string();
        assert!(error.contains("classes cat, dog, \"wild\", and now there are cat, eel"), "{error}");
        std::fs::write(&path, "path,label,split\nc1,cat,nowhere\n").unwrap();
        assert!(PartRecord::read(&path, &classes()).unwrap_err().to_string().contains("names no part"));
    }

    #[test]
    fn old_pictures_keep_their_part_and_new_ones_are_learned_from() {
        let record = PartRecord::of(&classes(), &split());
        let restored = record.restore(listing(&["c0", "c1", "c2", "c3", "d2", "d3", "d4"], None));
        assert_eq!(restored.train, samples(&["c0", "c1", "c2", "d4"]));
        assert_eq!(restored.validation, Some(samples(&["c3", "d2"])));
        assert_eq!(restored.test, Some(samples(&["d3"])));
        let expected = "since the run was left, 2 pictures were added (2 to train) and 1 is gone; all others stay in the \
                        part where they were";
        assert_eq!(restored.notes, [expected]);
        // Where the set says that a new picture is for the test, it is; an old one that was moved there is not.
        let restored = record.restore(listing(&["c1", "c2", "d1", "c3", "d2"], Some(&["d3", "d5"])));
        assert_eq!(restored.test, Some(samples(&["d3", "d5"])));
        let restored = record.restore(listing(&["c2", "c3", "d1", "d2"], Some(&["c1", "d3"])));
        assert_eq!((restored.train.len(), restored.test), (3, Some(samples(&["d3"]))));
        assert_eq!(restored.notes, [""; 0]);
    }

    #[test]
    fn pictures_that_are_gone_are_remembered() {
        let record = PartRecord::of(&classes(), &split());
        let later = Split { train: samples(&["c1", "c9"]), ..Split::default() };
        let both = record.and(PartRecord::of(&classes(), &later));
        let restored = both.restore(listing(&["c1", "c9", "d3"], None));
        assert_eq!(restored.test, Some(samples(&["d3"])), "a picture of the test that comes back");
    }
}

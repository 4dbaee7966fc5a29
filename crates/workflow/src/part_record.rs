//! Which picture is in which part, written down with a run as `split.csv`.
//!
//! A run that goes on after pictures were added would share all of them out anew, and test with pictures that it has
//! learned from. By this record each stays in the part where it was. Pictures are called as seen from their set's folder,
//! so that a set may move; the columns are those of a listing, so that another training can take the same parts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use images::{Listing, Part, Sample, Split};
use sha2::{Digest, Sha256};

use crate::fetch::hex;
use crate::{Error, ErrorKind, Recipe, Result};

const COLUMNS: [&str; 3] = ["path", "label", "split"];
const PARTS: [Part; 3] = [Part::Train, Part::Validation, Part::Test];
/// The largest file that is read: some million rows, as of a listing.
const LIMIT_BYTES: u64 = 128 << 20;

/// The folder that the pictures of a set lie in.
#[derive(Debug, Clone)]
pub(crate) struct Root(PathBuf);

impl Root {
    pub(crate) fn of(recipe: &Recipe) -> Self {
        let (data, images) = (&recipe.data, &recipe.image_folder);
        Self(match (images.as_os_str().is_empty(), data.is_dir()) {
            (false, _) => images.clone(),
            (true, true) => data.clone(),
            (true, false) => data.parent().unwrap_or(Path::new("")).to_path_buf(),
        })
    }

    /// A picture as seen from there, in the bytes that the system has for it; one that lies elsewhere by its whole path.
    pub(crate) fn name<'a>(&self, sample: &'a Sample) -> &'a [u8] {
        let path = sample.path.strip_prefix(&self.0).unwrap_or(&sample.path);
        path.as_os_str().as_encoded_bytes()
    }

    /// Fails for pictures that a table in text cannot name.
    pub(crate) fn check_names(&self, listing: &Listing) -> Result<()> {
        let samples = listing.parts().flat_map(|(_, samples)| samples);
        let mut odd = samples.filter(|sample| std::str::from_utf8(self.name(sample)).is_err());
        let Some(first) = odd.next() else { return Ok(()) };
        let others = odd.count();
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        Err(Error::new(
            ErrorKind::Data,
            format!(
                "{:?}{more}: the name is not UTF-8, and the run's split.csv, which says which part each picture is in, \
                 could not be read back: rename the file, or the folder that it is in",
                first.path
            ),
        ))
    }
}

/// Each picture's class and part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartRecord(BTreeMap<Vec<u8>, Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    class: String,
    part: Part,
}

impl PartRecord {
    pub(crate) fn of(root: &Root, classes: &[String], split: &Split) -> Self {
        let parts = PARTS.into_iter().zip([&split.train, &split.validation, &split.test]);
        let places = parts.flat_map(|(part, samples)| samples.iter().map(move |sample| (part, sample)));
        let row = |(part, sample): (Part, &Sample)| {
            let class = classes.get(sample.label as usize).cloned().unwrap_or_default();
            (root.name(sample).to_vec(), Place { class, part })
        };
        Self(places.map(row).collect())
    }

    /// What was written down at `path`; `None` where nothing was.
    ///
    /// # Errors
    /// The file is damaged or too large.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let damaged = |why: String| {
            let what = "it says which part each picture of this run is in";
            Error::new(ErrorKind::Data, format!("{}: {why}; {what}", path.display()))
        };
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        if size > LIMIT_BYTES {
            return Err(damaged(format!(
                "it has {} MiB, and up to {} are read",
                size >> 20,
                LIMIT_BYTES >> 20
            )));
        }
        let mut table = csv::Reader::from_path(path).map_err(|error| damaged(error.to_string()))?;
        let mut pictures = BTreeMap::new();
        for row in table.byte_records() {
            let row = row.map_err(|error| damaged(error.to_string()))?;
            let [picture, class, part] = [0, 1, 2].map(|column| row.get(column).unwrap_or_default());
            let Some(part) = PARTS.into_iter().find(|known| known.name().as_bytes() == part) else {
                let line = row.position().map_or(0, csv::Position::line);
                return Err(damaged(format!(
                    "line {line}: expected train, val or test behind the label, received {:?}",
                    String::from_utf8_lossy(part)
                )));
            };
            let class = String::from_utf8_lossy(class).into_owned();
            pictures.insert(picture.to_vec(), Place { class, part });
        }
        Ok(Some(Self(pictures)))
    }

    /// Tells it from every other one.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for (picture, Place { class, part }) in &self.0 {
            for field in [picture.as_slice(), class.as_bytes(), part.name().as_bytes()] {
                hasher.update((field.len() as u64).to_le_bytes());
                hasher.update(field);
            }
        }
        hex(&hasher.finalize())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let cannot = |error: csv::Error| Error::new(ErrorKind::File, format!("{}: {error}", path.display()));
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(COLUMNS).map_err(cannot)?;
        for (picture, Place { class, part }) in &self.0 {
            let row = [picture.as_slice(), class.as_bytes(), part.name().as_bytes()];
            table.write_record(row).map_err(cannot)?;
        }
        let bytes = table.into_inner().map_err(|error| cannot(error.into_error().into()))?;
        Ok(files::write(path, bytes)?)
    }

    /// # Errors
    /// None of its pictures is in `listing`, which was read from `data`.
    pub(crate) fn check_pictures(&self, (root, data): (&Root, &Path), listing: &Listing) -> Result<()> {
        let mut samples = listing.parts().flat_map(|(_, samples)| samples);
        if samples.any(|sample| self.0.contains_key(root.name(sample))) {
            return Ok(());
        }
        let example = self.0.keys().next().map_or("".into(), |name| String::from_utf8_lossy(name));
        Err(Error::usage(format!(
            "{}: none of the run's {} pictures is there, such as {example}: give the place where they lie now",
            data.display(),
            self.0.len()
        )))
    }

    /// # Errors
    /// The classes were others than in `now`.
    pub(crate) fn check_classes(&self, now: &Self) -> Result<()> {
        let [before, now] = [self, now].map(Self::classes);
        if before == now {
            return Ok(());
        }
        let named = |classes: BTreeSet<&str>| classes.into_iter().collect::<Vec<_>>().join(", ");
        Err(Error::new(
            ErrorKind::Data,
            format!(
                "the run was begun with the classes {}, and now there are {}: it goes on with the same ones alone; for \
                 others begin a new run, which --weights starts from what this one has learned",
                named(before),
                named(now)
            ),
        ))
    }

    /// Those that have a picture.
    fn classes(&self) -> BTreeSet<&str> {
        self.0.values().map(|place| place.class.as_str()).collect()
    }

    /// `listing` with each picture in the part where it was, as the parts that it gives. A new one is in the part in which
    /// the set has it, else it is learned from.
    pub(crate) fn restore(&self, root: &Root, listing: Listing) -> Listing {
        let Listing { train, validation, test, .. } = listing;
        let lying = PARTS.into_iter().zip([train, validation.unwrap_or_default(), test.unwrap_or_default()]);
        let mut parts = PARTS.map(|_| Vec::new());
        for (lies_in, sample) in lying.flat_map(|(part, samples)| samples.into_iter().map(move |s| (part, s)))
        {
            let place = self.0.get(root.name(&sample));
            parts[place.map_or(lies_in, |place| place.part) as usize].push(sample);
        }
        let [train, validation, test] = parts;
        Listing { train, validation: Some(validation), test: Some(test), ..listing }
    }

    /// How many of its pictures are not among those of `now`.
    pub(crate) fn gone(&self, now: &Self) -> usize {
        self.0.keys().filter(|name| !now.0.contains_key(*name)).count()
    }

    /// What came to the pictures until `now`, if anything did; that so many are gone was said before.
    pub(crate) fn changes(&self, now: &Self, known_gone: usize) -> Option<String> {
        let count = |part: Part| {
            now.0.iter().filter(|(name, place)| place.part == part && !self.0.contains_key(*name)).count()
        };
        let added: Vec<(Part, usize)> =
            PARTS.into_iter().map(|part| (part, count(part))).filter(|(_, count)| *count > 0).collect();
        let gone = self.gone(now).saturating_sub(known_gone);
        let into: Vec<String> =
            added.iter().map(|(part, count)| format!("{count} to {}", part.name())).collect();
        let all = added.iter().map(|(_, count)| count).sum();
        let were =
            |count| if count == 1 { "1 picture was".to_owned() } else { format!("{count} pictures were") };
        let added = (all > 0).then(|| format!("{} added ({})", were(all), into.join(", ")));
        let gone = (gone > 0).then(|| format!("{} taken away", were(gone)));
        let what: Vec<String> = [added, gone].into_iter().flatten().collect();
        (!what.is_empty()).then(|| {
            format!(
                "since the run was left, {}; all others stay in the part where they were",
                what.join(" and ")
            )
        })
    }

    /// With the pictures of `later` too. Those that are gone stay: they may come back.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.0.extend(later.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(names: &[&str]) -> Vec<Sample> {
        let label = |name: &str| u32::from(name.starts_with('d'));
        names.iter().map(|name| Sample::new(format!("set/{name}"), label(name))).collect()
    }

    fn classes() -> Vec<String> {
        vec!["cat".into(), "dog, \"wild\"".into()]
    }

    fn root() -> Root {
        Root("set".into())
    }

    fn record(parts: [&[&str]; 3]) -> PartRecord {
        let [train, validation, test] = parts.map(samples);
        PartRecord::of(&root(), &classes(), &Split { train, validation, test, notes: Vec::new() })
    }

    fn begun() -> PartRecord {
        record([&["c1", "c2", "d1"], &["c3", "d2"], &["d3"]])
    }

    fn listing(train: &[&str], test: Option<&[&str]>) -> Listing {
        Listing { classes: classes(), train: samples(train), test: test.map(samples), ..Listing::default() }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("split.csv");
        assert_eq!(PartRecord::read(&path).unwrap(), None);
        begun().write(&path).unwrap();
        assert_eq!(PartRecord::read(&path).unwrap(), Some(begun()));
        assert!(std::fs::read_to_string(&path).unwrap().contains("\nc1,cat,train\n"), "as seen from the set");
        std::fs::write(&path, "path,label,split\nc1,cat,train\nc2,cat,nowhere\n").unwrap();
        let error = PartRecord::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("line 3: expected train, val or test") && error.contains("nowhere"),
            "{error}"
        );
    }

    #[test]
    fn old_pictures_keep_their_part_and_new_ones_are_learned_from() {
        let restored = |train: &[&str], test| begun().restore(&root(), listing(train, test));
        let with_new = restored(&["c0", "c1", "c2", "c3", "d2", "d3", "d4"], None);
        assert_eq!(with_new.train, samples(&["c0", "c1", "c2", "d4"]));
        assert_eq!(with_new.validation, Some(samples(&["c3", "d2"])));
        assert_eq!(with_new.test, Some(samples(&["d3"])));
        // Where the set says that a new picture is for the test, it is; an old one that was moved there is not.
        let with_test = restored(&["c1", "c2", "d1", "c3", "d2"], Some(&["d3", "d5"]));
        assert_eq!(with_test.test, Some(samples(&["d3", "d5"])));
        let swapped = restored(&["c2", "c3", "d1", "d2"], Some(&["c1", "d3"]));
        assert_eq!((swapped.train.len(), swapped.test), (3, Some(samples(&["d3"]))));
    }

    #[test]
    fn what_changed_is_said() {
        let said = |parts| begun().changes(&record(parts), 0);
        assert_eq!(said([&["c1", "c2", "d1"], &["c3", "d2"], &["d3"]]), None);
        let text = said([&["c0", "c1", "c2", "d4"], &["c3", "d2"], &["d3", "d5"]]).unwrap();
        let expected = "since the run was left, 3 pictures were added (2 to train, 1 to test) and 1 picture was taken \
                        away; all others stay in the part where they were";
        assert_eq!(text, expected);
        let without = record([&["c1", "c2"], &["c3", "d2"], &["d3"]]);
        assert_eq!((begun().gone(&without), begun().changes(&without, 1)), (1, None), "it is said once");
    }

    #[test]
    fn a_digest_is_of_its_pictures_classes_and_parts() {
        let others = [
            record([&["c1", "c2", "d1"], &["d3", "d2"], &["c3"]]),
            record([&["c1", "c2", "d1"], &["c3", "d2"], &["d4"]]),
            record([&["c1", "c2", "d1"], &["c3", "d2"], &[]]),
        ];
        assert!(others.iter().all(|other| other.digest() != begun().digest()));
        assert_eq!(record([&["d1", "c2", "c1"], &["d2", "c3"], &["d3"]]).digest(), begun().digest());
    }

    #[cfg(unix)]
    #[test]
    fn names_that_no_text_can_hold_are_refused() {
        use std::os::unix::ffi::OsStrExt;
        let mut listing = listing(&["c1", "d\u{e9}"], None);
        assert_eq!(root().check_names(&listing), Ok(()));
        for name in [b"set/caf\xe9.jpg".as_slice(), b"set/\xff/1.png"] {
            listing.test.get_or_insert_default().push(Sample::new(std::ffi::OsStr::from_bytes(name), 0));
        }
        let message = root().check_names(&listing).unwrap_err().to_string();
        assert!(message.starts_with("\"set/caf\\xE9.jpg\" and 1 more: the name is not UTF-8"), "{message}");
        // Where the set lies is not part of the name.
        assert_eq!(Root("set/\u{fffd}".into()).check_names(&self::listing(&["c1"], None)), Ok(()));
    }

    #[test]
    fn pictures_that_are_gone_are_remembered() {
        let both = begun().and(record([&["c1", "c9"], &[], &[]]));
        let restored = both.restore(&root(), listing(&["c1", "c9", "d3"], None));
        assert_eq!(restored.test, Some(samples(&["d3"])), "a picture of the test that comes back");
    }

    #[test]
    fn other_pictures_and_other_classes_are_refused() {
        let place = (&root(), Path::new("set"));
        let pictures =
            |names| begun().check_pictures(place, &listing(names, None)).map_err(|e| e.to_string());
        let classes = |names| begun().check_classes(&record([names, &[], &[]])).map_err(|e| e.to_string());
        assert_eq!((pictures(&["c1", "d7"]), classes(&["c1", "d7"])), (Ok(()), Ok(())));
        let error = pictures(&["c8", "d7"]).unwrap_err();
        assert_eq!(
            error,
            "set: none of the run's 6 pictures is there, such as c1: give the place where they lie now"
        );
        let error = classes(&["c1"]).unwrap_err();
        assert!(error.contains("classes cat, dog, \"wild\", and now there are cat:"), "{error}");
    }
}

//! Files with the same bytes: a copy of a test picture among the training ones makes the test worthless.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::tfrecord::Held;
use crate::{Listing, Part, Sample, Skipped, content};

/// A picture with the same bytes as one that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The one that is left out, and its part.
    pub copy: (Part, Sample),
    /// The one that stays, and its part.
    pub kept: (Part, Sample),
}

impl Listing {
    /// The listing with every picture once, and what was left out beside what stayed in its place. Of copies, one in the test
    /// part stays, else one in the validation part, else the first; the others go to [`Listing::skipped`]. Files that can't be
    /// read stay.
    ///
    /// Every file is read once.
    pub fn split_off_duplicates(mut self) -> (Self, Vec<Duplicate>) {
        let mut seen: HashMap<[u8; 32], (Part, Sample)> = HashMap::new();
        let mut duplicates = Vec::new();
        let parts = [
            (Part::Test, self.test.as_mut()),
            (Part::Validation, self.validation.as_mut()),
            (Part::Train, Some(&mut self.train)),
        ];
        for (part, samples) in parts.into_iter().filter_map(|(part, samples)| Some((part, samples?))) {
            samples.retain(|sample| {
                let Some(hash) = hash_of(sample) else { return true };
                match seen.entry(hash) {
                    Entry::Vacant(free) => {
                        free.insert((part, sample.clone()));
                        true
                    }
                    Entry::Occupied(first) => {
                        let copy = (part, sample.clone());
                        duplicates.push(Duplicate { copy, kept: first.get().clone() });
                        false
                    }
                }
            });
        }
        self.skipped.extend(duplicates.iter().map(|duplicate| duplicate.skipped(&self.classes)));
        self.skipped.sort();
        (self, duplicates)
    }
}

impl Duplicate {
    fn skipped(&self, classes: &[String]) -> Skipped {
        let ((_, kept), (_, copy)) = (&self.kept, &self.copy);
        let mut reason = format!("the same bytes as {}", kept.path.display());
        if let Some(class) = classes.get(kept.label as usize).filter(|_| kept.label != copy.label) {
            reason.push_str(&format!(", which is of class {class:?}"));
        }
        Skipped { path: copy.path.clone(), reason }
    }
}

/// Of the picture in a record, or of a file.
fn hash_of(sample: &Sample) -> Option<[u8; 32]> {
    let Some(record) = &sample.record else { return hash(&sample.path) };
    Some(digest(&record.read(&mut Vec::new()).ok()?))
}

/// SHA-256 of a file's bytes, or of pixels with their extents.
pub(crate) fn digest(held: &Held) -> [u8; 32] {
    match held {
        Held::File(bytes) => Sha256::digest(bytes).into(),
        Held::Pixels { values, size: [height, width], channels } => {
            let mut hasher = Sha256::new();
            [height, width, channels]
                .iter()
                .for_each(|extent| hasher.update((**extent as u64).to_le_bytes()));
            hasher.update(values);
            hasher.finalize().into()
        }
    }
}

/// Piece by piece, since what lies in a class folder may be of any size.
fn hash(path: &Path) -> Option<[u8; 32]> {
    let mut file = content::open(path).ok()?;
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Some(hasher.finalize().into()),
            Ok(length) => hasher.update(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_stays_the_test_pictures_first() {
        let folder = tempfile::tempdir().unwrap();
        let sample = |name: &str, content: &str, label| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            Sample::new(path, label)
        };
        let listing = Listing {
            classes: vec!["cat".into(), "dog".into()],
            train: vec![sample("1", "x", 0), sample("2", "y", 0), sample("3", "x", 1), sample("4", "t", 1)],
            test: Some(vec![sample("5", "t", 1)]),
            ..Listing::default()
        };
        let (once, duplicates) = listing.split_off_duplicates();
        let parts: Vec<_> = duplicates.iter().map(|one| (one.copy.0, one.kept.0)).collect();
        assert_eq!(parts, [(Part::Train, Part::Train), (Part::Train, Part::Test)]);
        let names = |samples: &[Sample]| -> Vec<String> {
            samples.iter().map(|s| s.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&once.train), ["1", "2"]);
        assert_eq!(names(once.test.as_ref().unwrap()), ["5"]);
        let reasons: Vec<_> = once.skipped.iter().map(|s| s.reason.as_str()).collect();
        assert!(reasons[0].ends_with("/1, which is of class \"cat\""), "{reasons:?}");
        assert!(reasons[1].ends_with("/5"), "{reasons:?}");
    }

    #[test]
    fn files_of_many_pieces_are_told_apart_by_their_last_byte() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = vec![7; 200_000];
        let mut written = |name: &str, last: u8| {
            let path = folder.path().join(name);
            bytes[199_999] = last;
            std::fs::write(&path, &bytes).unwrap();
            (hash(&path).unwrap(), <[u8; 32]>::from(Sha256::digest(&bytes)))
        };
        let (first, second) = (written("1", 1), written("2", 2));
        assert_eq!([first.0, second.0], [first.1, second.1]);
        assert_ne!(first.0, second.0);
        assert_eq!(hash(folder.path()), None);
    }
}

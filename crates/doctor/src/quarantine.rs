//! Moves away what nobody can use, and writes down from where and why, so that it can be put back.
//!
//! What is moved: files that can't be read, copies with the same bytes but for one, and all copies of a picture with
//! the same bytes that lie under two labels: one of the labels is wrong, and only a person can tell which. Pictures
//! that merely look the same stay.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use images::{Listing, is_below};
use serde_json::{Value, json};

use crate::finding::{Finding, Severity};
use crate::{Error, ErrorKind, Examination, Result, Storage};

/// The file in the quarantine that says what was moved.
const LISTING: &str = "moved.csv";

/// What was moved, and where to.
#[derive(Debug, Clone)]
pub struct Quarantine {
    /// The folder.
    pub folder: PathBuf,
    /// The table in it: where each file was, where it is now, and why.
    pub listing: PathBuf,
    /// What was moved.
    pub moved: Vec<Moved>,
    /// What could not be moved, and why.
    pub failed: Vec<(PathBuf, String)>,
}

/// One file that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it was, from the root on.
    pub from: PathBuf,
    /// Where it is, from the quarantine's folder on: as it lay in the set.
    pub to: PathBuf,
    /// The kind of the finding.
    pub kind: &'static str,
    /// What was found.
    pub why: String,
    /// Its number in [`Examination::subjects`].
    number: usize,
}

impl Quarantine {
    /// Fails for a set from which nothing can be moved, and for a folder that cannot take anything,
    /// before anything is done.
    ///
    /// # Errors
    /// `listing`, of the set at `data`, is not of a folder of files; `folder` lies in the set, is a file,
    /// or holds something.
    pub fn check(data: &Path, listing: &Listing, folder: &Path) -> Result<()> {
        let wrong = |why: String| Err(Error::new(ErrorKind::Usage, format!("--quarantine: {why}")));
        match Storage::of(data, listing) {
            Storage::Folder => {}
            Storage::Records => {
                return wrong(format!(
                    "the pictures of {} are records in TFRecord files, which cannot be moved one by one: write the set \
                     anew without those that are named",
                    data.display()
                ));
            }
            Storage::Listing => {
                return wrong(format!(
                    "{} names its pictures, and would name files that are gone: take the rows of those that are named \
                     out of it",
                    data.display()
                ));
            }
        }
        if is_below(folder, data) {
            return wrong(format!(
                "{} lies in the set itself, where its pictures would be found again: choose a folder outside of {}",
                folder.display(),
                data.display()
            ));
        }
        let is_free =
            !folder.exists() || std::fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_none());
        match is_free {
            true => Ok(()),
            false => wrong(format!(
                "{} holds something already: choose a folder that is empty or not there, so that nothing is overwritten",
                folder.display()
            )),
        }
    }

    /// Moves what `examination` found to be movable to `folder`. The table is written first, so that it is complete
    /// even if this is killed.
    ///
    /// # Errors
    /// The folder or the table cannot be written. What cannot be moved is in [`Quarantine::failed`].
    pub fn fill(examination: &Examination, folder: &Path) -> Result<Self> {
        let mut planned: Vec<Moved> = Vec::new();
        let listing = folder.join(LISTING);
        let mut quarantine =
            Self { folder: folder.to_path_buf(), listing, moved: Vec::new(), failed: Vec::new() };
        for finding in &examination.findings {
            let linked = linked(examination, finding);
            for number in &finding.movable {
                let moved = Moved::plan(examination, finding, *number)?;
                if linked.contains(number) {
                    let why = "a link leads to this file too, so that it is no copy: take the link away";
                    quarantine.failed.push((moved.from, why.to_owned()));
                } else if !planned.iter().any(|other| other.number == *number) {
                    planned.push(moved);
                }
            }
        }
        if planned.is_empty() {
            return Ok(quarantine);
        }
        files::create_folder(folder)?;
        files::write(&quarantine.listing, table(&planned)?)?;
        for moved in planned {
            match files::relocate(&moved.from, &folder.join(&moved.to)) {
                Ok(()) => quarantine.moved.push(moved),
                Err(error) => quarantine.failed.push((moved.from, error.to_string())),
            }
        }
        if !quarantine.failed.is_empty() {
            files::write(&quarantine.listing, table(&quarantine.moved)?)?;
        }
        Ok(quarantine)
    }

    /// How many faults are still there.
    pub fn faults_left(&self, examination: &Examination) -> usize {
        let is_moved = |number: &usize| self.moved.iter().any(|moved| moved.number == *number);
        let is_mended =
            |finding: &&Finding| !finding.movable.is_empty() && finding.movable.iter().all(is_moved);
        let faults = examination.findings.iter().filter(|finding| finding.severity == Severity::Fault);
        faults.filter(|finding| !is_mended(finding)).count()
    }

    pub(crate) fn json(&self) -> Value {
        let moved = self.moved.iter().map(|moved| {
            json!({
                "from": moved.from.to_string_lossy(),
                "to": moved.to.to_string_lossy(),
                "kind": moved.kind,
                "why": moved.why,
            })
        });
        let failed =
            self.failed.iter().map(|(path, why)| json!({"path": path.to_string_lossy(), "why": why}));
        json!({
            "folder": self.folder.to_string_lossy(),
            "listing": self.listing.to_string_lossy(),
            "moved": moved.collect::<Vec<_>>(),
            "failed": failed.collect::<Vec<_>>(),
        })
    }
}

/// Those pictures of a finding that are one file, reached in several ways through links.
fn linked(examination: &Examination, finding: &Finding) -> HashSet<usize> {
    let mut first: HashMap<PathBuf, usize> = HashMap::new();
    let mut linked = HashSet::new();
    for number in finding.pictures.iter().filter(|_| !finding.movable.is_empty()) {
        let Ok(file) = examination.subjects[*number].path().canonicalize() else { continue };
        let other = *first.entry(file).or_insert(*number);
        if other != *number {
            linked.extend([other, *number]);
        }
    }
    linked
}

impl Moved {
    fn plan(examination: &Examination, finding: &Finding, number: usize) -> Result<Self> {
        let path = examination.subjects[number].path();
        let below = path.strip_prefix(&examination.data).unwrap_or(path);
        let outside = !below.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if outside {
            let message = format!("{} lies outside of {}", path.display(), examination.data.display());
            return Err(Error::new(ErrorKind::File, message));
        }
        let from = std::path::absolute(path).map_err(|error| {
            Error::new(ErrorKind::File, format!("cannot find {}: {error}", path.display()))
        })?;
        let (kind, why) = (finding.kind.name(), finding.detail.clone());
        Ok(Self { from, to: below.to_path_buf(), kind, why, number })
    }
}

/// The table, with paths byte for byte.
fn table(moved: &[Moved]) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::new(ErrorKind::File, format!("{LISTING}: {error}"));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["from", "to", "kind", "why"]).map_err(|e| failed(&e))?;
    for Moved { from, to, kind, why, .. } in moved {
        let [from, to] = [from, to].map(|path| path.as_os_str().as_encoded_bytes());
        table.write_record([from, to, kind.as_bytes(), why.as_bytes()]).map_err(|e| failed(&e))?;
    }
    table.into_inner().map_err(|e| failed(&e))
}

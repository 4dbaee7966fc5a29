//! The examination of a set: every picture decoded once, every check made.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use images::{Listing, Part};
use serde_json::{Value, json};

use crate::finding::{Finding, Severity};
use crate::groups::groups;
use crate::kind::Kind;
use crate::look::Eye;
use crate::set::{Set, Subject, subjects};
use crate::storage::Storage;
use crate::threads::in_order;
use crate::{Error, Quarantine, Result, checks};

/// How a set is examined.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the user called the set; paths are shown from there.
    pub data: PathBuf,
    /// Threads that decode.
    pub workers: usize,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Examination {
    /// What the user called the set.
    pub data: PathBuf,
    /// How it lies on the disk.
    pub storage: Storage,
    /// Class names.
    pub classes: Vec<String>,
    /// The parts that the set gives itself; empty where it gives none.
    pub parts: Vec<Part>,
    /// Its pictures, and the files that were meant as such.
    pub subjects: Vec<Subject>,
    /// The most serious first.
    pub findings: Vec<Finding>,
    /// What there is to know besides, a sentence each.
    pub notes: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// Threads that look at pictures.
    pub(crate) workers: usize,
}

/// Decodes every picture of `listing` and makes every check; the result does not depend on the number of threads.
/// `progress` gets how many pictures were looked at, of how many. What is kept of a picture takes some 400 bytes.
///
/// # Errors
/// `stop` was set before the end.
pub fn examine(
    listing: Listing,
    options: Options,
    progress: &mut dyn FnMut(usize, usize),
    stop: &AtomicBool,
) -> Result<Examination> {
    let begun = Instant::now();
    let mut subjects = subjects(&listing);
    let total = subjects.len();
    let look = |eye: &mut Eye, number: usize| eye.look_at(&subjects[number].sample);
    let mut progress = |done: usize| progress(done, total);
    let looks = in_order((total, options.workers), Eye::new, look, &mut progress, stop)
        .ok_or_else(Error::interrupted)?;
    for (subject, look) in subjects.iter_mut().zip(&looks) {
        subject.size = look.seen.as_ref().ok().map(|seen| seen.size);
    }
    let is_in_set = |number: usize| subjects[number].class.is_some();
    let groups = groups(&looks, is_in_set, stop).ok_or_else(Error::interrupted)?;
    let has_parts = listing.validation.is_some() || listing.test.is_some();
    let parts = listing.parts().filter(|_| has_parts).map(|(part, _)| part).collect();
    let parts_to_fill = 1 + usize::from(listing.validation.is_none()) + usize::from(listing.test.is_none());
    let Options { data, workers } = options;
    let storage = Storage::of(&data, &listing);
    let Listing { classes, notes, unread, .. } = listing;
    let set = Set { classes, parts, parts_to_fill, subjects, looks, unread, groups };
    let findings = checks::all(&set);
    let Set { classes, parts, subjects, .. } = set;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Examination { data, storage, classes, parts, subjects, findings, notes, seconds, workers })
}

impl Examination {
    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Pictures of the set: what the listing leaves out does not count.
    pub fn pictures(&self) -> usize {
        self.subjects.iter().filter(|subject| subject.class.is_some()).count()
    }

    /// How many pictures of a class are in a part; in all, for none.
    pub fn pictures_of(&self, class: usize, part: Option<Part>) -> usize {
        let counts =
            |subject: &&Subject| subject.class == Some(class) && (part.is_none() || subject.part == part);
        self.subjects.iter().filter(counts).count()
    }

    /// The findings kind by kind, in order.
    pub fn by_kind(&self) -> impl Iterator<Item = (Kind, Severity, &[Finding])> {
        let same = |a: &Finding, b: &Finding| (a.kind, a.severity) == (b.kind, b.severity);
        self.findings.chunk_by(same).map(|findings| (findings[0].kind, findings[0].severity, findings))
    }

    /// The path of a picture from the set's folder on.
    pub fn shown<'a>(&self, path: &'a Path) -> std::borrow::Cow<'a, str> {
        let folder = if self.data.is_dir() { Some(self.data.as_path()) } else { self.data.parent() };
        let below = folder.and_then(|folder| path.strip_prefix(folder).ok());
        below.filter(|path| !path.as_os_str().is_empty()).unwrap_or(path).to_string_lossy()
    }

    /// Everything, for machines; with what was moved, if anything was.
    pub fn json(&self, moved: Option<&Quarantine>) -> Value {
        let classes = self.classes.iter().enumerate().map(|(class, name)| {
            let parts =
                self.parts.iter().map(|part| (part.name(), json!(self.pictures_of(class, Some(*part)))));
            let all = [("name", json!(name)), ("pictures", json!(self.pictures_of(class, None)))];
            all.into_iter().chain(parts).map(|(key, value)| (key.to_owned(), value)).collect::<Value>()
        });
        let findings = self.findings.iter().map(|finding| {
            json!({
                "kind": finding.kind.name(),
                "severity": finding.severity.name(),
                "detail": finding.detail,
                "pictures": finding.pictures.iter().map(|number| self.subject_json(*number)).collect::<Vec<_>>(),
            })
        });
        json!({
            "data": self.data.to_string_lossy(),
            "pictures": self.pictures(),
            "classes": classes.collect::<Vec<_>>(),
            "faults": self.count(Severity::Fault),
            "advice": self.count(Severity::Advice),
            "findings": findings.collect::<Vec<_>>(),
            "notes": self.notes,
            "seconds": self.seconds,
            "quarantine": moved.map(Quarantine::json),
        })
    }

    fn subject_json(&self, number: usize) -> Value {
        let subject = &self.subjects[number];
        json!({
            "path": subject.path().to_string_lossy(),
            "class": subject.class.and_then(|class| self.classes.get(class)),
            "part": subject.part.map(Part::name),
            "size": subject.size,
        })
    }
}

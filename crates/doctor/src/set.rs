//! A set whose pictures were all looked at.

use std::path::Path;

use images::{Listing, Part, Sample, Unread};

use crate::groups::Group;
use crate::look::{Look, Seen};

/// A picture of the set, or a file that was meant as one.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Where it is; its label means nothing where [`Subject::class`] is none.
    pub sample: Sample,
    /// Into the set's classes; none for what is no picture of the set.
    pub class: Option<usize>,
    /// The part it is given to; none where the set gives no parts.
    pub part: Option<Part>,
    /// Height and width, where it can be read.
    pub size: Option<[usize; 2]>,
    /// Why the listing leaves it out, if it does.
    pub(crate) left_out: Option<String>,
}

impl Subject {
    /// Its path.
    pub fn path(&self) -> &Path {
        &self.sample.path
    }
}

/// The pictures and what was seen of them.
pub(crate) struct Set {
    pub(crate) classes: Vec<String>,
    /// The parts that the set gives itself, training first; empty where it gives none.
    pub(crate) parts: Vec<Part>,
    /// How many parts a split still makes of the training pictures.
    pub(crate) parts_to_fill: usize,
    /// Pictures of the test part first, then those for validation: of copies, the first stays.
    pub(crate) subjects: Vec<Subject>,
    pub(crate) looks: Vec<Look>,
    /// Files that were read in part.
    pub(crate) unread: Vec<Unread>,
    /// Pictures that are the same.
    pub(crate) groups: Vec<Group>,
}

/// Everything that the listing names, in the order of [`Set::subjects`].
pub(crate) fn subjects(listing: &Listing) -> Vec<Subject> {
    let has_parts = listing.validation.is_some() || listing.test.is_some();
    let mut parts: Vec<(Part, &[Sample])> = listing.parts().collect();
    parts.sort_by_key(|(part, _)| std::cmp::Reverse(*part));
    let of = |part: Part, sample: &Sample| Subject {
        sample: sample.clone(),
        class: Some(sample.label as usize),
        part: has_parts.then_some(part),
        size: None,
        left_out: None,
    };
    let pictures = parts.into_iter().flat_map(|(part, samples)| samples.iter().map(move |s| of(part, s)));
    let left_out = listing.skipped.iter().map(|skipped| Subject {
        sample: Sample::new(&skipped.path, u32::MAX),
        class: None,
        part: None,
        size: None,
        left_out: Some(skipped.reason.clone()),
    });
    pictures.chain(left_out).collect()
}

impl Set {
    /// The pictures that can be read, each with its number.
    pub(crate) fn seen(&self) -> impl Iterator<Item = (usize, &Subject, &Seen)> {
        let both = self.subjects.iter().zip(&self.looks).enumerate();
        both.filter(|(_, (subject, _))| subject.class.is_some())
            .filter_map(|(number, (subject, look))| Some((number, subject, look.seen.as_ref().ok()?)))
    }

    /// What the class of `subject` is called.
    pub(crate) fn class_of(&self, subject: &Subject) -> &str {
        subject.class.and_then(|class| self.classes.get(class)).map_or("", String::as_str)
    }
}

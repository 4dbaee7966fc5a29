//! What it means that pictures are the same: a leak, a wrong label, or a copy too many.

use std::collections::BTreeSet;

use images::Part;

use crate::finding::{Finding, Severity};
use crate::groups::{Group, Sameness};
use crate::kind::Kind;
use crate::set::{Set, Subject};
use crate::turn::Turn;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    set.groups.iter().filter_map(|group| Same::of(set, group).finding()).collect()
}

/// Pictures that are the same, and where they lie.
struct Same<'a> {
    set: &'a Set,
    group: &'a Group,
    subjects: Vec<&'a Subject>,
    classes: BTreeSet<&'a str>,
    parts: BTreeSet<Part>,
}

impl<'a> Same<'a> {
    fn of(set: &'a Set, group: &'a Group) -> Self {
        let subjects: Vec<&Subject> = group.members.iter().map(|number| &set.subjects[*number]).collect();
        let classes = subjects.iter().map(|subject| set.class_of(subject)).collect();
        let parts = subjects.iter().filter_map(|subject| subject.part).collect();
        Self { set, group, subjects, classes, parts }
    }

    fn finding(&self) -> Option<Finding> {
        let kind = self.kind();
        if matches!(kind, Kind::Lookalike | Kind::Mirrored) && self.are_kept_together() {
            return None;
        }
        Some(Finding {
            kind,
            severity: self.severity(kind),
            detail: self.detail(),
            pictures: self.group.members.clone(),
            movable: self.movable(kind),
        })
    }

    fn kind(&self) -> Kind {
        match (self.classes.len() > 1, self.parts.len() > 1, &self.group.by) {
            // A left hand is a right one, mirrored: two labels may be right.
            (true, _, Sameness::Turned(_)) => Kind::Mirrored,
            (true, _, _) => Kind::Conflict,
            (false, true, _) => Kind::Leak,
            (false, false, Sameness::Bytes) => Kind::Copy,
            (false, false, Sameness::Looks) => Kind::Lookalike,
            (false, false, Sameness::Turned(_)) => Kind::Mirrored,
        }
    }

    fn detail(&self) -> String {
        let count = self.group.members.len();
        let are = match &self.group.by {
            Sameness::Bytes => "the same bytes".to_owned(),
            Sameness::Looks => "they look the same".to_owned(),
            Sameness::Turned(turns) => format!("they look the same, {}", done(turns, count)),
        };
        let classes = || joined(self.classes.iter().map(|class| format!("{class:?}")));
        let parts = || joined(self.parts.iter().map(|part| part.name().to_owned()));
        match (self.classes.len() > 1, self.parts.len() > 1, &self.group.by) {
            (true, false, _) => format!("{are}, of classes {}", classes()),
            (true, true, _) => format!("{are}, of classes {}, and in {}", classes(), parts()),
            (false, true, _) => format!("{are}, in {}", parts()),
            (false, false, Sameness::Bytes) => format!("{are}, {count} times"),
            (false, false, Sameness::Looks) => format!("{count} that look the same"),
            (false, false, Sameness::Turned(_)) => are,
        }
    }

    fn severity(&self, kind: Kind) -> Severity {
        // Inside a given part nothing is split any more, unless validation is still to be taken from it.
        let is_split =
            self.set.parts_to_fill > 1 && self.subjects[0].part.is_none_or(|part| part == Part::Train);
        match kind {
            Kind::Lookalike | Kind::Mirrored if !is_split => Severity::Advice,
            Kind::Mirrored if self.classes.len() > 1 => Severity::Advice,
            _ => Severity::Fault,
        }
    }

    /// Those of the files that a quarantine may take.
    fn movable(&self, kind: Kind) -> Vec<usize> {
        let members = match (&self.group.by, kind) {
            (Sameness::Looks | Sameness::Turned(_), _) => &[],
            (Sameness::Bytes, Kind::Conflict) => &self.group.members[..],
            (Sameness::Bytes, _) => &self.group.members[1..],
        };
        let is_file = |number: &usize| self.set.subjects[*number].sample.record.is_none();
        members.iter().copied().filter(is_file).collect()
    }

    /// Whether all are of one group, which a split keeps on one side.
    fn are_kept_together(&self) -> bool {
        let first = self.subjects[0].sample.group;
        first.is_some() && self.subjects.iter().all(|subject| subject.sample.group == first)
    }
}

fn joined(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(" and ")
}

/// `one of them mirrored`
fn done(turns: &BTreeSet<Turn>, members: usize) -> String {
    let mut words: Vec<&str> = turns.iter().map(|turn| turn.words()).collect();
    words.sort_unstable();
    words.dedup();
    format!("{} of them {}", if members == 2 { "one" } else { "some" }, words.join(" or "))
}

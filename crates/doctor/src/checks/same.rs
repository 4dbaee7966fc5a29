//! What it means that pictures are the same: a leak, a wrong label, or a copy too many.

use std::collections::BTreeSet;

use crate::finding::{Finding, Kind, Severity};
use crate::groups::{Group, Sameness};
use crate::set::{Set, Subject};
use crate::turn::Turn;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    set.groups.iter().filter_map(|group| finding(set, group)).collect()
}

fn finding(set: &Set, group: &Group) -> Option<Finding> {
    let members: Vec<&Subject> = group.members.iter().map(|number| &set.subjects[*number]).collect();
    let classes: BTreeSet<&str> = members.iter().map(|subject| set.class_of(subject)).collect();
    let parts: BTreeSet<_> = members.iter().filter_map(|subject| subject.part).collect();
    let (are, is_turned) = match &group.by {
        Sameness::Bytes => ("the same bytes".to_owned(), false),
        Sameness::Looks => ("they look the same".to_owned(), false),
        Sameness::Turned(turns) => (format!("they look the same, {}", done(turns, members.len())), true),
    };
    let quoted: Vec<String> = classes.iter().map(|class| format!("{class:?}")).collect();
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    // A left hand is a right one, mirrored: two labels may be right.
    let conflict = if is_turned { Kind::Mirrored } else { Kind::Conflict };
    let (kind, detail) = match (classes.len() > 1, parts.len() > 1) {
        (true, false) => (conflict, format!("{are}, of classes {}", quoted.join(" and "))),
        (true, true) => {
            (conflict, format!("{are}, of classes {}, and in {}", quoted.join(" and "), names.join(" and ")))
        }
        (false, true) => (Kind::Leak, format!("{are}, in {}", names.join(" and "))),
        (false, false) if group.by == Sameness::Bytes => {
            (Kind::Copy, format!("{are}, {} times", members.len()))
        }
        (false, false) if is_turned => (Kind::Mirrored, are),
        (false, false) => (Kind::Lookalike, format!("{} that look the same", members.len())),
    };
    if matches!(kind, Kind::Lookalike | Kind::Mirrored) && are_kept_together(&members) {
        return None;
    }
    // Inside a given part nothing is split any more, unless validation is still to be taken from it.
    let is_parted = set.parts_to_fill > 1 && members[0].part.is_none_or(|part| part == images::Part::Train);
    let severity = match kind {
        Kind::Lookalike | Kind::Mirrored if !is_parted => Severity::Advice,
        Kind::Mirrored if classes.len() > 1 => Severity::Advice,
        _ => Severity::Fault,
    };
    let movable = match (&group.by, kind) {
        (Sameness::Looks | Sameness::Turned(_), _) => &[],
        (Sameness::Bytes, Kind::Conflict) => &group.members[..],
        (Sameness::Bytes, _) => &group.members[1..],
    };
    let is_file = |number: &usize| set.subjects[*number].sample.record.is_none();
    Some(Finding {
        kind,
        severity,
        detail,
        pictures: group.members.clone(),
        movable: movable.iter().copied().filter(is_file).collect(),
    })
}

/// `one of them mirrored`
fn done(turns: &BTreeSet<Turn>, members: usize) -> String {
    let mut words: Vec<&str> = turns.iter().map(|turn| turn.words()).collect();
    words.sort_unstable();
    words.dedup();
    format!("{} of them {}", if members == 2 { "one" } else { "some" }, words.join(" or "))
}

/// Whether all are of one group, which a split keeps on one side.
fn are_kept_together(members: &[&Subject]) -> bool {
    let first = members[0].sample.group;
    first.is_some() && members.iter().all(|subject| subject.sample.group == first)
}

//! What it means that pictures are the same: a leak, a wrong label, or a copy too many.

use std::collections::BTreeSet;

use crate::finding::{Finding, Kind, Severity};
use crate::groups::{Group, Sameness};
use crate::set::{Set, Subject};

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    set.groups.iter().filter_map(|group| finding(set, group)).collect()
}

fn finding(set: &Set, group: &Group) -> Option<Finding> {
    let members: Vec<&Subject> = group.members.iter().map(|number| &set.subjects[*number]).collect();
    let classes: BTreeSet<&str> = members.iter().map(|subject| set.class_of(subject)).collect();
    let parts: BTreeSet<_> = members.iter().filter_map(|subject| subject.part).collect();
    let are = match group.by {
        Sameness::Bytes => "the same bytes",
        Sameness::Looks => "they look the same",
    };
    let quoted: Vec<String> = classes.iter().map(|class| format!("{class:?}")).collect();
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    let (kind, detail) = match (classes.len() > 1, parts.len() > 1) {
        (true, false) => (Kind::Conflict, format!("{are}, of classes {}", quoted.join(" and "))),
        (true, true) => (
            Kind::Conflict,
            format!("{are}, of classes {}, and in {}", quoted.join(" and "), names.join(" and ")),
        ),
        (false, true) => (Kind::Leak, format!("{are}, in {}", names.join(" and "))),
        (false, false) if group.by == Sameness::Bytes => {
            (Kind::Copy, format!("{are}, {} times", members.len()))
        }
        (false, false) => (Kind::Lookalike, format!("{} that look the same", members.len())),
    };
    if kind == Kind::Lookalike && are_kept_together(&members) {
        return None;
    }
    // Inside a given part nothing is split any more, unless validation is still to be taken from it.
    let is_parted = set.parts_to_fill > 1 && members[0].part.is_none_or(|part| part == images::Part::Train);
    let severity = match kind {
        Kind::Lookalike if !is_parted => Severity::Advice,
        _ => Severity::Fault,
    };
    let movable = match (group.by, kind) {
        (Sameness::Looks, _) => &[],
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

/// Whether all are of one group, which a split keeps on one side.
fn are_kept_together(members: &[&Subject]) -> bool {
    let first = members[0].sample.group;
    first.is_some() && members.iter().all(|subject| subject.sample.group == first)
}

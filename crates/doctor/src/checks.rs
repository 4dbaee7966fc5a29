//! The checks: each goes over a set and says what it finds, one file a check and one word here.

use crate::finding::Finding;
use crate::set::Set;

macro_rules! checks {
    ($($check:ident)+) => {
        $(pub(crate) mod $check;)+
        const CHECKS: &[fn(&Set) -> Vec<Finding>] = &[$($check::check),+];
    };
}

checks! {
    blank
    classes
    colour
    cut_off
    misnamed
    names
    same
    shape
    size
    unreadable
}

/// Everything that is found, the most serious first.
pub(crate) fn all(set: &Set) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(set)).collect();
    findings.sort_by(|a, b| {
        (a.severity, a.kind, &a.pictures, &a.detail).cmp(&(b.severity, b.kind, &b.pictures, &b.detail))
    });
    findings
}

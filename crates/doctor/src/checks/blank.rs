//! Pictures of one level all over, such as a scan of an empty page.

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let blank = set.seen().filter(|(_, _, seen)| seen.likeness.is_blank());
    blank
        .map(|(number, ..)| Finding::advice(Kind::Blank, "it has one level all over", vec![number]))
        .collect()
}

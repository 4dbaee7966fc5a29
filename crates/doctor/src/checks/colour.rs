//! Grey pictures among those in colour, and pictures in colour among grey ones.

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

/// The exception is at most so large a share of the set.
const EXCEPTION: f64 = 0.1;
/// Fewer pictures have no rule.
const LEAST: usize = 10;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    // What shows nothing has no colour either.
    let seen = || set.seen().filter(|(_, _, seen)| !seen.likeness.is_blank());
    let (all, grey) = (seen().count(), seen().filter(|(_, _, seen)| seen.is_grey).count());
    let is_exception = |count: usize| count > 0 && count as f64 <= EXCEPTION * all as f64;
    let (odd_is_grey, detail) = match (is_exception(grey), is_exception(all - grey)) {
        _ if all < LEAST => return Vec::new(),
        (true, _) => (true, "it is grey, and most of the others are in colour"),
        (_, true) => (false, "it is in colour, and most of the others are grey"),
        _ => return Vec::new(),
    };
    let odd = seen().filter(|(_, _, seen)| seen.is_grey == odd_is_grey);
    odd.map(|(number, ..)| Finding::advice(Kind::Colour, detail, vec![number])).collect()
}

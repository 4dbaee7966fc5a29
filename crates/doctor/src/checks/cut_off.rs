//! Files of records that cannot be read to their ends.

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let unread = set.unread.iter();
    unread.map(|unread| Finding::fault(Kind::CutOff, unread.to_string(), Vec::new())).collect()
}

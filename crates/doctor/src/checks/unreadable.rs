//! Files that cannot be used, and good pictures that the listing cannot use.

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let all = set.subjects.iter().zip(&set.looks).enumerate();
    all.filter_map(|(number, (subject, look))| {
        let path = subject.path();
        match (&subject.left_out, &look.seen) {
            (None, Ok(_)) => None,
            (Some(reason), Ok(_)) => Some(Finding::fault(Kind::LeftOut, reason, vec![number])),
            // A folder that lies too deep.
            (Some(reason), Err(_)) if path.is_dir() => {
                Some(Finding::fault(Kind::LeftOut, reason, vec![number]))
            }
            (Some(reason), Err(_)) | (None, Err(reason)) => {
                // A link that leads nowhere is there, too.
                let is_there = subject.sample.record.is_none() && path.symlink_metadata().is_ok();
                let movable = if is_there { vec![number] } else { Vec::new() };
                Some(Finding { movable, ..Finding::fault(Kind::Unreadable, reason, vec![number]) })
            }
        }
    })
    .collect()
}

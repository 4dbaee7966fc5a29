//! Files whose content is in another format than their name says.

use images::Format;

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let files = set.seen().filter(|(_, subject, _)| subject.sample.record.is_none());
    files
        .filter_map(|(number, subject, seen)| {
            let is = seen.format?;
            let detail = match Format::promised_by(subject.path()) {
                Some(promised) if promised == is => return None,
                Some(promised) => {
                    format!(
                        "a {} named as a {}: it should end in .{}",
                        is.name(),
                        promised.name(),
                        is.ending()
                    )
                }
                None => {
                    format!("a {} whose name does not say so: it should end in .{}", is.name(), is.ending())
                }
            };
            Some(Finding::advice(Kind::Misnamed, detail, vec![number]))
        })
        .collect()
}

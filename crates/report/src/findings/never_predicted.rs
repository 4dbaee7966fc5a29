//! A class that no validation picture was taken for.

use super::{Finding, FindingKind, Training};
use crate::numbers::count;

/// Of fewer pictures of the class, none recognised may be chance.
const PICTURES: usize = 3;
/// Names are listed up to here; the rest is counted.
const NAMES_SHOWN: usize = 5;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let classes = &training.validation?.classes;
    let pictures = classes.iter().map(|class| class.support).sum();
    let never: Vec<&str> = classes
        .iter()
        .filter(|class| class.predicted == 0 && class.support >= PICTURES)
        .map(|class| class.name.as_str())
        .collect();
    if never.is_empty() {
        return None;
    }
    let shown = never[..never.len().min(NAMES_SHOWN)].join(", ");
    let more = never.len().saturating_sub(NAMES_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(Finding {
        kind: FindingKind::NeverPredicted,
        epoch: None,
        message: format!(
            "never predicted on the {}: {shown}{more}",
            count(pictures, "validation picture", "validation pictures")
        ),
        advice: "--class-weights balanced, or more pictures of it; and see in the confusion matrix what it is taken for"
            .into(),
    })
}

//! A class that no validation picture was taken for.

use super::{Finding, FindingKind, Training};
use crate::ClassFigures;
use crate::numbers::count;

/// Of fewer pictures of the class, none recognised may be chance.
const PICTURES: usize = 3;
/// Names are listed up to here; the rest is counted.
const NAMES_SHOWN: usize = 5;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let classes = &training.validation?.classes;
    let pictures = classes.iter().map(|class| class.support).sum();
    let never: Vec<&ClassFigures> =
        classes.iter().filter(|class| class.predicted == 0 && class.support >= PICTURES).collect();
    if never.is_empty() {
        return None;
    }
    let names: Vec<&str> = never.iter().take(NAMES_SHOWN).map(|class| class.name.as_str()).collect();
    let shown = names.join(", ");
    let is_rare = never.iter().any(|class| class.support * classes.len() < pictures);
    let more = never.len().saturating_sub(NAMES_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(Finding {
        kind: FindingKind::NeverPredicted,
        epoch: None,
        message: format!(
            "never predicted on the {}: {shown}{more}",
            count(pictures, "validation picture", "validation pictures")
        ),
        advice: match training.is_uneven() && is_rare {
            true => {
                "--class-weights balanced, or more pictures of it; and see in the confusion matrix what it is taken for"
                    .into()
            }
            false => format!(
                "see in the confusion matrix what it is taken for, and give more pictures of both; where other classes are \
                 still confused too, train longer{}",
                more_epochs(training)
            ),
        },
    })
}

/// The setting of the last stage's epochs, with twice as many.
fn more_epochs(training: &Training<'_>) -> String {
    let stage = training.stages.last();
    stage.map_or_else(String::new, |stage| format!(", {} {}", stage.settings.epochs, 2 * stage.epochs.len()))
}

//! What a reader should know about the figures of an evaluation.

use super::ClassFigures;
use crate::numbers::count;

/// Names are listed up to here; the rest is counted.
const NAMES_SHOWN: usize = 5;

pub(super) fn of(classes: &[ClassFigures], undefined_predictions: usize, loss: Option<f64>) -> Vec<String> {
    let names_where = |test: fn(&ClassFigures) -> bool| -> Vec<_> {
        classes.iter().filter(|c| test(c)).map(|c| c.name.as_str()).collect()
    };
    let mut notes = Vec::new();
    let without_pictures = names_where(|c| c.support == 0);
    if !without_pictures.is_empty() {
        let listed = listed(&without_pictures);
        notes.push(format!(
            "No pictures of {listed}: recall is undefined there and left out of the averages."
        ));
    }
    let never_predicted = names_where(|c| c.predicted == 0);
    if !never_predicted.is_empty() {
        let listed = listed(&never_predicted);
        let pictures = count(classes.iter().map(|class| class.support).sum(), "picture", "pictures");
        notes.push(format!(
            "Never predicted on these {pictures}: {listed}. Precision is undefined there and left out of the averages."
        ));
    }
    if undefined_predictions > 0 {
        let pictures = count(undefined_predictions, "picture", "pictures");
        notes.push(format!(
            "The model gave {pictures} probabilities that are not numbers: they count as wrong, and are in no column \
             of the confusion matrix."
        ));
    }
    if loss.is_none() {
        notes.push("The loss is not a number.".to_owned());
    }
    notes
}

pub(crate) fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMES_SHOWN)].join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

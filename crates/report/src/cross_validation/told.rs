//! What is to be said of a cross-validation, for a terminal and for a page alike.

use std::path::PathBuf;

use super::{CrossValidation, FoldFigures, Spread, VALIDATION};
use crate::evaluation::listed;
use crate::numbers::{TIE, count, percent, percent_range, threshold};
use crate::{Evaluation, Outcome};

impl CrossValidation {
    /// How the figures of a table of folds came about.
    pub(crate) const HOW: &str =
        "Precision, recall and F1 of a fold are means over its classes; deviations are those of a sample.";

    /// What all folds say of all pictures.
    pub(crate) fn judged(&self) -> String {
        let largest = self.classes.iter().map(|class| class.support).max().unwrap_or(0);
        format!(
            "Of {}, each judged by a model that had not learned from it, {} are right: {} (95{TIE}% interval {}). Always \
             guessing the largest class gives {}.",
            count(self.pictures, "picture", "pictures"),
            self.correct,
            percent(self.accuracy),
            percent_range(self.accuracy_interval),
            percent(largest as f64 / self.pictures.max(1) as f64)
        )
    }

    /// What the pictures that were held out also did, where they did.
    pub(crate) fn chosen(&self) -> Option<&'static str> {
        self.spread.keys().any(|name| name.starts_with(VALIDATION)).then_some(
            "The pictures that were held out also chose the epoch that was kept, and the threshold where one was chosen, so \
             their figures are a little too good; those of a test part chose nothing.",
        )
    }

    /// What to say before those.
    pub(crate) fn before_others(&self) -> String {
        let at = if self.folds.iter().any(FoldFigures::has_own_threshold) {
            ", at a threshold of 0.5"
        } else {
            ""
        };
        format!(
            "What else was measured of the pictures that were held out, in the epochs that were kept{at}:"
        )
    }

    /// What training measured beyond the columns, in the epochs that were kept.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&String, &Spread)> {
        const KNOWN: [&str; 2] = ["val_accuracy", "val_loss"];
        self.spread.iter().filter(|(name, _)| name.starts_with(VALIDATION) && !KNOWN.contains(&name.as_str()))
    }
}

impl FoldFigures {
    /// Whether another threshold was chosen than that which every epoch is measured at.
    pub(crate) fn has_own_threshold(&self) -> bool {
        self.threshold.is_some_and(|threshold| threshold != 0.5)
    }
}

/// What a reader should know of the folds of `runs`, in whole sentences; `parts` are what was held out.
pub(super) fn notes(
    runs: &[(PathBuf, Outcome)],
    parts: &[&Evaluation],
    folds: &[FoldFigures],
) -> Vec<String> {
    [rare_classes(parts), other_pictures(runs), other_thresholds(folds)].into_iter().flatten().collect()
}

/// That not every fold can judge every class, if so.
fn rare_classes(parts: &[&Evaluation]) -> Option<String> {
    let is_rare = |class: &usize| parts.iter().any(|part| part.classes[*class].support == 0);
    let classes = &parts.first()?.classes;
    let rare: Vec<&str> =
        (0..classes.len()).filter(is_rare).map(|class| classes[class].name.as_str()).collect();
    (!rare.is_empty()).then(|| {
        let (rare, it) = (listed(&rare), if rare.len() == 1 { "it" } else { "them" });
        format!(
            "Not every fold held out pictures of {rare}: where one did not, its precision, recall and F1 leave {it} out."
        )
    })
}

/// That pictures came or went between the folds, if they did.
fn other_pictures(runs: &[(PathBuf, Outcome)]) -> Option<String> {
    let pictures = |(_, outcome): &(PathBuf, Outcome)| -> usize {
        let parts = outcome.images.parts.iter().filter(|part| part.name != "test");
        parts.map(|part| part.pictures).sum()
    };
    let counts: Vec<usize> = runs.iter().map(pictures).collect();
    let (least, most) = (*counts.iter().min()?, *counts.iter().max()?);
    (least < most).then(|| {
        format!(
            "The folds had from {least} to {most} pictures to learn from and to hold out: some came or went in between, so \
             that their figures are of different sets."
        )
    })
}

/// That each fold drew the line elsewhere, if so.
fn other_thresholds(folds: &[FoldFigures]) -> Option<String> {
    let thresholds = || folds.iter().filter_map(|fold| fold.threshold);
    let (least, most) = (thresholds().reduce(f32::min)?, thresholds().reduce(f32::max)?);
    (least < most).then(|| {
        format!(
            "Each fold has a threshold of its own, from {} to {}: over all folds, a picture counts by that of the fold that \
             held it out.",
            threshold(least),
            threshold(most)
        )
    })
}

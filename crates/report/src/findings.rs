//! Diagnostics: what a training's figures say went wrong, in words, each with the option to change.
//!
//! Every check is a pure function of the figures and would rather say nothing than something that is not so: a healthy
//! training has no finding. A new check is a file with a `find` and a line in the list below.

mod curve;
mod disagreement;
mod never_predicted;
mod not_a_number;
mod overfitting;
mod plateau;
mod rate_too_high;
mod rate_too_low;
mod still_improving;

use serde::{Deserialize, Serialize};

use crate::{Evaluation, Stage};
pub use rate_too_high::is_thrown_up;

/// Something that a training's figures say went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Since which epoch, counted from 1 and on over the stages; `None` for what concerns the whole.
    pub epoch: Option<usize>,
    /// What the figures say, a sentence without its full stop.
    pub message: String,
    /// What to change, with the program's options, a sentence without its full stop.
    pub advice: String,
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A loss is infinite or no number.
    NotANumber,
    /// The loss stays where guessing has it.
    Plateau,
    /// The loss is thrown up, rises or swings.
    RateTooHigh,
    /// The loss falls steadily and hardly moves.
    RateTooLow,
    /// Training goes on improving while validation gets worse.
    Overfitting,
    /// Training and validation are apart from the first epoch on.
    Disagreement,
    /// A class that no picture was taken for.
    NeverPredicted,
    /// It ended while it was still getting better.
    StillImproving,
}

/// The figures of a training, finished or under way.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// Its stages so far.
    pub stages: &'a [Stage],
    /// The training loss of a model that gives every class the same probability: ln(classes) for a cross-entropy.
    pub chance_loss: f64,
    /// That of a model that gives every class its share of the pictures, where that is less: it has learned nothing either.
    pub constant_loss: f64,
    /// The epoch in which it was ended because the loss was no number any more.
    pub diverged: Option<usize>,
    /// Of the finished model, on pictures that it did not learn from.
    pub evaluation: Option<&'a Evaluation>,
}

impl Training<'_> {
    /// What is wrong, that which spoils most first; empty for a healthy training.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = self.early();
        // What follows from one of those need not be said too.
        let learned = found.is_empty();
        let later = [disagreement::find, overfitting::find, still_improving::find, never_predicted::find];
        found.extend(later.into_iter().filter(|_| learned).filter_map(|find| find(self)));
        found
    }

    /// What can be known while the training still goes on, and is worth stopping it for.
    pub fn early(&self) -> Vec<Finding> {
        // The first that holds explains the others.
        let checks = [not_a_number::find, rate_too_high::find, rate_too_low::find, plateau::find];
        checks.into_iter().find_map(|find| find(self)).into_iter().collect()
    }
}

/// The option that sets the learning rate of the stage at `index`.
fn rate_option(index: usize) -> &'static str {
    if index == 0 { "--learning-rate" } else { "--fine-tune-learning-rate" }
}

/// A rate that is `factor` times the stage's first one, as it is written on the command line.
fn other_rate(stage: &Stage, factor: f64) -> Option<String> {
    let rate = stage.epochs.first()?.learning_rate? * factor;
    // One digit: it is a guess.
    Some(format!("{rate:.0e}")).filter(|_| rate.is_finite() && rate > 0.0)
}

#[cfg(test)]
mod tests;

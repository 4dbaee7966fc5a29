//! Diagnostics: what a training's figures say went wrong, in words, each with the option to change.
//!
//! Every check is a pure function of the figures and would rather say nothing than something that is not so: a healthy
//! training has no finding. A new check is a file with a `find` and a line in the list below.

mod curve;
mod disagreement;
mod guessing;
mod never_predicted;
mod not_a_number;
mod one_answer;
mod overfitting;
mod plateau;
mod rate_too_high;
mod rate_too_low;
mod still_improving;
mod too_few_steps;

use serde::{Deserialize, Serialize};

use crate::{BaseSettings, Evaluation, Stage};
pub use guessing::Guessing;
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
    /// The recall that is monitored is 1, since everything is taken for its class.
    OneAnswer,
    /// A class that no validation picture was taken for.
    NeverPredicted,
    /// It ended while it was still getting better.
    StillImproving,
    /// It ended before it could have learned anything.
    TooFewSteps,
}

/// After fewer steps, a good rate need not have moved the loss either.
const ENOUGH_STEPS: usize = 30;
/// Weights of classes even out what guessing has by less than this part of it.
const EVEN: f64 = 0.001;

/// The figures of a training, finished or under way.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// Its stages so far.
    pub stages: &'a [Stage],
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// The losses where nothing was learned.
    pub guessing: Guessing,
    /// The epoch within which it was ended because the loss was infinite or no number.
    pub not_a_number: Option<usize>,
    /// Of the finished model, on the validation part.
    pub validation: Option<&'a Evaluation>,
    /// The figure by which that model was chosen, as `val_loss`.
    pub monitor: Option<&'a str>,
}

impl<'a> Training<'a> {
    /// What is wrong, that which spoils most first; empty for a healthy training.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = self.early();
        if found.is_empty() {
            found.extend(too_few_steps::find(self));
        }
        // What follows from one of those need not be said too.
        let learned = found.is_empty();
        let later = [disagreement::find, overfitting::find, still_improving::find];
        found.extend(later.into_iter().filter(|_| learned).filter_map(|find| find(self)));
        // That a class is never predicted is the same, seen from its side.
        let answers = [one_answer::find, never_predicted::find];
        found.extend(answers.into_iter().filter(|_| learned).find_map(|find| find(self)));
        found
    }

    /// What can be known while the training still goes on, and is worth stopping it for.
    pub fn early(&self) -> Vec<Finding> {
        // The first that holds explains the others.
        let checks = [not_a_number::find, rate_too_high::find, rate_too_low::find, plateau::find];
        checks.into_iter().find_map(|find| find(self)).into_iter().collect()
    }

    /// The stages without those at the beginning that only find weights for the others.
    fn judged(&self) -> &'a [Stage] {
        let prepared = self.stages.iter().take_while(|stage| stage.settings.prepares).count();
        &self.stages[prepared..]
    }

    /// Whether so many `epochs` had steps enough that a loss which hardly moved says something of the rate.
    fn is_long_enough(&self, epochs: usize) -> bool {
        self.steps_per_epoch.saturating_mul(epochs) >= ENOUGH_STEPS
    }

    /// Whether weights that make classes count alike would change what is learned.
    fn is_uneven(&self) -> bool {
        self.guessing.constant < (1.0 - EVEN) * self.guessing.training
    }

    /// The settings of the base's layers in the last stage in which some learn.
    fn base(&self) -> Option<&'a BaseSettings> {
        self.judged().iter().rev().find_map(|stage| stage.settings.base.as_ref())
    }
}

/// The setting of the stage's learning rate, and `factor` times what that is, as a person writes them.
fn other_rate(stage: &Stage, factor: f64) -> String {
    stage.settings.other_rate(stage.epochs.first().and_then(|epoch| epoch.learning_rate), factor)
}

#[cfg(test)]
mod tests;

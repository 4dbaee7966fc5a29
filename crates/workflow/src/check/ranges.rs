//! The numbers of a recipe, each held against its range.

use std::ops::RangeInclusive;

use crate::{Error, Recipe, Result};

/// Fails for the first number outside its range.
pub(super) fn check(recipe: &Recipe) -> Result<()> {
    counts(recipe)?;
    rates(recipe)?;
    shares(recipe)
}

/// Epochs of a stage at most.
pub(super) const EPOCHS: usize = 1 << 20;

fn counts(recipe: &Recipe) -> Result<()> {
    let counts: [(&str, usize, RangeInclusive<usize>); 9] = [
        ("--batch-size", recipe.batch_size, 1..=1 << 16),
        ("--epochs", recipe.epochs, 1..=EPOCHS),
        (
            "--fine-tune-epochs",
            recipe.fine_tune_epochs,
            usize::from(recipe.fine_tune.is_asked_for())..=EPOCHS,
        ),
        ("--checkpoint-every", recipe.checkpoint_every, 1..=EPOCHS),
        ("--histogram-freq", recipe.histogram_freq, 0..=EPOCHS),
        ("--starts", recipe.starts, 1..=64),
        ("--gradient-accumulation-steps", recipe.gradient_accumulation_steps, 1..=1 << 16),
        ("--segment-epochs", recipe.segment_epochs, 1..=1 << 16),
        ("--threads", recipe.threads, 0..=1024),
    ];
    match counts.iter().find(|(_, value, range)| !range.contains(value)) {
        None => Ok(()),
        Some((option, value, range)) => {
            Err(Error::setting(option, format_args!("{} to {}", range.start(), range.end()), value))
        }
    }
}

fn rates(recipe: &Recipe) -> Result<()> {
    let rates = [
        ("--learning-rate", recipe.learning_rate),
        ("--fine-tune-learning-rate", recipe.fine_tune_learning_rate),
    ];
    if let Some((option, rate)) = rates.iter().find(|(_, rate)| !(*rate > 0.0 && *rate <= 100.0)) {
        return Err(Error::setting(option, "more than 0 and at most 100, such as 0.001", rate));
    }
    match recipe.min_delta >= 0.0 && recipe.min_delta.is_finite() {
        true => Ok(()),
        false => Err(Error::setting("--min-delta", "0 or more", recipe.min_delta)),
    }
}

fn shares(recipe: &Recipe) -> Result<()> {
    let shares = [
        ("--validation-split", recipe.validation_split),
        ("--test-split", recipe.test_split.unwrap_or(0.0)),
        ("--dropout", recipe.dropout),
        ("--momentum", recipe.momentum),
    ];
    if let Some((option, share)) = shares.iter().find(|(_, share)| !(0.0..1.0).contains(share)) {
        return Err(Error::setting(option, "a share from 0 to below 1", share));
    }
    let (validation, test) = (recipe.validation_split, recipe.test_split.unwrap_or(0.0));
    match validation + test < 1.0 {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "--validation-split {validation} and --test-split {test} leave nothing to train on: together they must be \
             below 1"
        ))),
    }
}

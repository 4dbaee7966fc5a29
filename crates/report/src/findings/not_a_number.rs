//! A loss that is infinite or no number.

use super::{Finding, FindingKind, Training, other_rate};
use crate::Stage;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let (epoch, part) = match training.not_a_number {
        Some(epoch) => (epoch, "training"),
        None => broken(training)?,
    };
    // A stage that broke within its first epoch has no record.
    let begun = |stage: &&Stage| stage.epochs.first().is_none_or(|first| first.epoch <= epoch);
    let stage = training.stages.iter().rfind(begun);
    let rate = stage.map_or_else(|| "--learning-rate".to_owned(), |stage| other_rate(stage, 0.1));
    Some(Finding {
        kind: FindingKind::NotANumber,
        epoch: Some(epoch),
        message: format!("the {part} loss of epoch {epoch} is infinite or no number"),
        advice: format!("a smaller rate, {rate}; or hold the gradients with --clipnorm 1"),
    })
}

/// The first epoch with a loss that is none, and which part's it is.
fn broken(training: &Training<'_>) -> Option<(usize, &'static str)> {
    let parts = [("loss", "training"), ("val_loss", "validation")];
    let epochs = training.stages.iter().flat_map(|stage| &stage.epochs);
    epochs.into_iter().find_map(|epoch| {
        let is_broken =
            |name: &str| epoch.metrics.get(name).is_some_and(|value| !value.is_some_and(f64::is_finite));
        let part = parts.iter().find(|(name, _)| is_broken(name))?;
        Some((epoch.epoch, part.1))
    })
}

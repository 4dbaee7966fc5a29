//! A training that ended before it could have learned anything.

use super::curve::Curve;
use super::plateau::is_guessing;
use super::{ENOUGH_STEPS, Finding, FindingKind, Training};
use crate::numbers::count;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let stages = training.judged();
    let loss = Curve::of(stages, "loss");
    let ((_, least), last, chance) = (loss.least()?, loss.last()?, training.guessing.constant);
    if training.is_long_enough(loss.len()) || !is_guessing(training, least) {
        return None;
    }
    let steps = loss.len() * training.steps_per_epoch;
    let epochs = ENOUGH_STEPS.div_ceil(training.steps_per_epoch.max(1));
    Some(Finding {
        kind: FindingKind::TooFewSteps,
        epoch: None,
        message: format!(
            "after {} the training loss is still at guessing, {last:.3}, and one answer to all pictures gives {chance:.3}: \
             that is too early to say why",
            count(steps, "step", "steps")
        ),
        advice: format!(
            "more epochs, {} {epochs}, and a --patience that lets them be; or more steps in each, with a smaller --batch-size",
            stages.first()?.settings.epochs
        ),
    })
}

//! A loss that stays where guessing has it.

use super::curve::Curve;
use super::{Finding, FindingKind, Training};

/// Epochs that must have passed.
const EPOCHS: usize = 3;
/// The part of guessing's loss that is still guessing.
const NEAR: f64 = 0.97;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let loss = Curve::of(training.judged().get(..1)?, "loss");
    let ((_, least), (epoch, _)) = (loss.least()?, *loss.points.first()?);
    if loss.len() < EPOCHS || !training.is_long_enough(loss.len()) || !is_guessing(training, least) {
        return None;
    }
    let (last, chance, epochs) = (loss.last()?, training.guessing.constant, loss.len());
    Some(Finding {
        kind: FindingKind::Plateau,
        epoch: Some(epoch),
        message: format!(
            "the training loss stays at guessing from the start: {last:.3} after {epochs} epochs, and one answer \
             to all pictures gives {chance:.3}"
        ),
        advice: "find a rate with `linnaeus tune lr`; look at the labels (`linnaeus doctor`) and at what --augment makes \
                 of the pictures (`linnaeus preview`)"
            .into(),
    })
}

/// Whether a training whose least loss is this has learned nothing.
pub(super) fn is_guessing(training: &Training<'_>, least: f64) -> bool {
    least >= NEAR * training.guessing.constant && !beats_guessing(training)
}

/// Whether accuracy moved, although the loss is high, as under heavy augmentation or label smoothing.
fn beats_guessing(training: &Training<'_>) -> bool {
    let accuracy = Curve::of(training.judged(), "accuracy");
    match (accuracy.first(), accuracy.last()) {
        (Some(first), Some(last)) => last > first + 0.1,
        _ => false,
    }
}

//! Training and validation are apart from the first epoch on: other pictures, another preprocessing, batch norm.

use super::curve::Curve;
use super::{Finding, FindingKind, Training};

/// Epochs that are looked at.
const EPOCHS: usize = 3;
/// How many times training's part of guessing's loss validation has of its own, where it is no better than guessing.
const AT_CHANCE: f64 = 1.5;
/// How many times, wherever it is.
const ANYWHERE: f64 = 3.0;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let stages = training.judged();
    let (loss, validation) = (Curve::of(stages, "loss"), Curve::of(stages, "val_loss"));
    let pairs: Vec<(f64, f64)> =
        loss.points.iter().filter_map(|(epoch, value)| Some((*value, validation.at(*epoch)?))).collect();
    let first = pairs.get(..EPOCHS)?;
    let guessing = training.guessing;
    let is_apart = |(training_loss, validation_loss): &(f64, f64)| {
        // Classes' weights count in one of them only: each beside its own guessing.
        let (learned, judged) = (training_loss / guessing.training, validation_loss / guessing.validation);
        judged > ANYWHERE * learned || (judged > 1.0 && judged > AT_CHANCE * learned)
    };
    // A training loss of almost nothing is many times smaller than anything.
    let is_learning = first[0].0 > 0.05 * guessing.training;
    if !first.iter().all(is_apart) || !is_learning {
        return None;
    }
    let (training_loss, validation_loss) = first[0];
    let (epoch, _) = *loss.points.first()?;
    let keep =
        training.base().map(|base| format!(", and {} moving keeps those of the base", base.batch_norm));
    Some(Finding {
        kind: FindingKind::Disagreement,
        epoch: Some(epoch),
        message: format!(
            "training and validation disagree from epoch {epoch} on: the training loss is {training_loss:.3} and the \
             validation loss {validation_loss:.3}"
        ),
        advice: format!(
            "see that both parts are pictures of the same kind (`linnaeus doctor`; leave out a val folder of another \
             source and give --validation-split); weaken --augment; where batch norms learn, their moving figures lag in \
             the first epochs: a smaller --batch-size gives more steps{}",
            keep.unwrap_or_default()
        ),
    })
}

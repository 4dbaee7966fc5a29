//! Training and validation are apart from the first epoch on: other pictures, another preprocessing, batch norm.

use super::curve::Curve;
use super::{Finding, FindingKind, Training};

/// Epochs that are looked at.
const EPOCHS: usize = 3;
/// How many times the training loss validation has, where it is no better than guessing.
const AT_CHANCE: f64 = 1.5;
/// How many times, wherever it is.
const ANYWHERE: f64 = 3.0;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let (loss, validation) = (Curve::of(training.stages, "loss"), Curve::of(training.stages, "val_loss"));
    let pairs: Vec<(f64, f64)> =
        loss.points.iter().filter_map(|(epoch, value)| Some((*value, validation.at(*epoch)?))).collect();
    let first = pairs.get(..EPOCHS)?;
    let is_apart = |(training_loss, validation_loss): &(f64, f64)| {
        validation_loss > &(ANYWHERE * training_loss)
            || (*validation_loss > training.chance_loss && validation_loss > &(AT_CHANCE * training_loss))
    };
    // A training loss of almost nothing is many times smaller than anything.
    let is_learning = first[0].0 > 0.05 * training.chance_loss;
    if !first.iter().all(is_apart) || !is_learning {
        return None;
    }
    let (training_loss, validation_loss) = first[0];
    Some(Finding {
        kind: FindingKind::Disagreement,
        epoch: Some(1),
        message: format!(
            "training and validation disagree from epoch 1 on: the training loss is {training_loss:.3} and the validation \
             loss {validation_loss:.3}"
        ),
        advice: "see that both parts are pictures of the same kind (`linnaeus doctor`; leave out a val folder of another \
                 source and give --validation-split); weaken --augment; where batch norms learn, their moving figures lag \
                 in the first epochs: a smaller --batch-size gives more steps, and --fine-tune-batch-norm moving keeps \
                 those of the base"
            .into(),
    })
}

//! A training that ended while it was still getting better.

use super::curve::Curve;
use super::{Finding, FindingKind, Training};

/// Epochs that are looked at, at the end.
const EPOCHS: usize = 4;
/// The part that the loss must lose from each of them to the next, or the curve is about flat.
const GAIN: f64 = 0.04;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let stage = training.judged().last()?;
    let own = std::slice::from_ref(stage);
    let (loss, validation) = (Curve::of(own, "loss"), Curve::of(own, "val_loss"));
    let learns = last_fall(&loss)?;
    let (name, fall) = match validation.len() {
        0 => ("training", learns),
        // Both must fall: validation's alone may be chance, training's alone learning by heart.
        _ => ("validation", last_fall(&validation)?),
    };
    if stage.stopped.is_some() {
        return None;
    }
    let [(from, before), (epoch, now)] = fall;
    Some(Finding {
        kind: FindingKind::StillImproving,
        epoch: Some(epoch),
        message: format!(
            "it ended while it was still getting better: the {name} loss fell from {before:.4} in epoch {from} to \
             {now:.4} in epoch {epoch}, the last"
        ),
        advice: format!(
            "more epochs, {} {}; --patience ends them in time",
            stage.settings.epochs,
            2 * stage.epochs.len()
        ),
    })
}

/// Where the fall at the end of `loss` begins and ends, if it falls there from epoch to epoch, and enough.
fn last_fall(loss: &Curve) -> Option<[(usize, f64); 2]> {
    let last = loss.points.get(loss.len().checked_sub(EPOCHS)?..)?;
    let [before, .., now] = last else { return None };
    let falls = last.windows(2).all(|pair| pair[1].1 < (1.0 - GAIN) * pair[0].1);
    falls.then_some([*before, *now])
}

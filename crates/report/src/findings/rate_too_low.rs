//! A learning rate that is too low: the loss falls steadily, hardly moves, and still falls at the end.

use super::curve::Curve;
use super::{Finding, FindingKind, Training, other_rate};
use crate::numbers::count;

/// Epochs that must have passed.
const EPOCHS: usize = 3;
/// At the end, the loss is still this part of what it was at first.
const MOVED: f64 = 0.9;
/// What is still this part has hardly moved at all.
const HARDLY: f64 = 0.98;
/// And it is this part of guessing's loss.
const LEARNED: f64 = 0.7;

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let stage = training.judged().first()?;
    let loss = Curve::of(std::slice::from_ref(stage), "loss");
    let (first, last, changes) = (loss.first()?, loss.last()?, loss.changes());
    if loss.len() < EPOCHS || !training.is_long_enough(loss.len()) {
        return None;
    }
    if last < MOVED * first || last < LEARNED * training.guessing.constant {
        return None;
    }
    let falling = changes.iter().filter(|change| **change < 0.0).count();
    let mean_fall = (first - last) / changes.len() as f64;
    let final_fall = -changes.last()?;
    if 10 * falling < 9 * changes.len() || final_fall < 0.4 * mean_fall {
        return None;
    }
    let factor = if last > HARDLY * first { 100.0 } else { 10.0 };
    let rate = other_rate(stage, factor);
    Some(Finding {
        kind: FindingKind::RateTooLow,
        epoch: Some(stage.epochs.first()?.epoch),
        message: format!(
            "the learning rate is too low: the training loss falls steadily but little, from {first:.4} to {last:.4} in \
             {}, and still falls at the end",
            count(loss.len(), "epoch", "epochs")
        ),
        advice: format!("a larger one, {rate}, or the one that `linnaeus tune lr` finds"),
    })
}

//! A learning rate that is too high: the loss is thrown up, rises, or swings.

use super::curve::Curve;
use super::{Finding, FindingKind, Training, other_rate};
use crate::Stage;

/// So many times the loss of guessing, no start has by itself.
const THROWN: f64 = 10.0;
/// And so many times, none has in two epochs.
const HIGH: f64 = 2.5;
/// Whose loss has come to this part of guessing's has got over it: a network from scratch is often thrown up once.
const RECOVERED: f64 = 0.7;
/// A stage that ends so much above its least loss has risen.
const RISEN: f64 = 1.5;
/// Below this part of guessing's loss, swings are of no account.
const SMALL: f64 = 0.25;
/// Changes from epoch to epoch of this part of the loss are swings.
const SWING: f64 = 0.25;

/// Whether `loss`, the mean over an epoch so far, shows that the rate is too high, where guessing has `chance_loss`.
pub fn is_thrown_up(loss: f64, chance_loss: f64) -> bool {
    loss > THROWN * chance_loss
}

pub(super) fn find(training: &Training<'_>) -> Option<Finding> {
    let (stages, guessing) = (training.judged(), training.guessing);
    stages.iter().enumerate().find_map(|(index, stage)| {
        let own = std::slice::from_ref(stage);
        let (loss, validation) = (Curve::of(own, "loss"), Curve::of(own, "val_loss"));
        let (judged, of_judged) = match validation.last() {
            Some(last) => (last, guessing.validation),
            None => (loss.last()?, guessing.training),
        };
        if judged <= RECOVERED * of_judged {
            return None;
        }
        let chance = guessing.training;
        let (epoch, what) =
            thrown_up(&loss, chance).or_else(|| risen(&loss, chance)).or_else(|| swinging(&loss, chance))?;
        let before = index.checked_sub(1).map(|before| &stages[before]);
        // A stage that goes on from a bad state inherits it.
        match before.is_some_and(|before| is_as_bad(before, &loss)) {
            true => None,
            false => Some(finding(stage, epoch, what)),
        }
    })
}

fn finding(stage: &Stage, epoch: usize, message: String) -> Finding {
    let rate = other_rate(stage, 0.1);
    Finding {
        kind: FindingKind::RateTooHigh,
        epoch: Some(epoch),
        message: format!("the learning rate is too high: {message}"),
        advice: format!("a smaller one, {rate}, or the one that `linnaeus tune lr` finds"),
    }
}

/// The mean over a whole epoch lies very far above guessing, or far above it in two on end.
fn thrown_up(loss: &Curve, chance: f64) -> Option<(usize, String)> {
    let very = loss.points.iter().copied().find(|(_, value)| is_thrown_up(*value, chance));
    let twice = || loss.points.windows(2).find(|pair| pair.iter().all(|(_, value)| *value > HIGH * chance));
    let (epoch, value) = very.or_else(|| twice().map(|pair| pair[0]))?;
    Some((epoch, format!("the training loss of epoch {epoch} is {value:.3}, and guessing has {chance:.3}")))
}

fn risen(loss: &Curve, chance: f64) -> Option<(usize, String)> {
    let (epoch, least) = loss.least()?;
    let end = loss.end(2)?;
    let since = loss.points.iter().filter(|(later, _)| *later > epoch).count();
    (since >= 2 && end > RISEN * least && end > SMALL * chance).then(|| {
        (
            epoch + 1,
            format!("the training loss rises, from {least:.3} in epoch {epoch} to {end:.3} at the end"),
        )
    })
}

/// Up and down in turns, by a large part of the loss.
fn swinging(loss: &Curve, chance: f64) -> Option<(usize, String)> {
    let changes = loss.changes();
    let turns = changes.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
    let level = loss.end(loss.len())?;
    let large = changes.iter().filter(|change| change.abs() > SWING * level).count();
    let swings = changes.len() >= 4 && 2 * turns >= changes.len() && 2 * large >= changes.len();
    (swings && level > SMALL * chance).then(|| {
        let first = loss.points.first().map_or(1, |(epoch, _)| *epoch);
        (first, format!("the training loss swings around {level:.3} from epoch to epoch and does not settle"))
    })
}

fn is_as_bad(before: &Stage, loss: &Curve) -> bool {
    let earlier = Curve::of(std::slice::from_ref(before), "loss").last();
    matches!((earlier, loss.first()), (Some(earlier), Some(first)) if earlier > 0.8 * first)
        && loss.last() <= loss.first()
}

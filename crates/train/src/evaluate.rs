//! How good answers are, when the truth is known.

use crate::losses::{Loss, Targets};
use crate::metrics::{Entry, Meter};
use crate::{Predictions, Scores};

/// `loss` and the metrics over all of `predictions`, whose labels must be below its number of classes.
pub fn evaluate(predictions: &Predictions, loss: Loss, metrics: &[Entry]) -> Scores {
    let mut meter = Meter::new(metrics, predictions.classes);
    meter.add(&predictions.probabilities, &predictions.labels);
    let mut scores = Scores::new();
    let targets = Targets::Labels(&predictions.labels);
    scores.push("loss", loss.mean(&predictions.probabilities, targets, None));
    meter.write_to(&mut scores);
    scores
}

//! How good answers are, when the truth is known.

use crate::losses::{Loss, Targets};
use crate::metrics::{Entry, exact};
use crate::{Predictions, Scores};

/// `loss` and the metrics over all of `predictions`, whose labels must be below its number of classes.
///
/// Figures over all thresholds are exact here ([`crate::metrics`]).
pub fn evaluate(predictions: &Predictions, loss: Loss, metrics: &[Entry]) -> Scores {
    let mut scores = Scores::new();
    let targets = Targets::Labels(&predictions.labels);
    scores.push("loss", loss.mean(&predictions.probabilities, targets, None));
    for metric in metrics {
        let Predictions { probabilities, labels, classes, .. } = predictions;
        scores.push(metric.name(), exact(metric, probabilities, labels, *classes));
    }
    scores
}

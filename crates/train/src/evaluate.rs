//! How good answers are, when the truth is known.

use crate::losses::{self, Loss};
use crate::metrics::{Entry, Meter};
use crate::{Predictions, Scores};

/// `loss` and the metrics over all of `predictions`, whose labels must be below its number of classes.
pub fn evaluate(predictions: &Predictions, loss: &dyn Loss, metrics: &[Entry]) -> Scores {
    let mut meter = Meter::new(metrics, predictions.classes);
    meter.add(&predictions.probabilities, &predictions.labels);
    let mut scores = Scores::new();
    scores.push("loss", losses::mean(loss, &predictions.probabilities, &predictions.labels, None));
    meter.write_to(&mut scores);
    scores
}

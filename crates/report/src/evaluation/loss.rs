//! The mean cross-entropy, `−ln p(true class)`.

use super::verdict::Verdict;

/// Keras keeps probabilities this far from 0 and 1, so that one sure mistake does not make the loss infinite.
const EPSILON: f64 = 1e-7;

/// In nats; not a number when a probability is not.
pub(super) fn cross_entropy(verdicts: &[Verdict]) -> f64 {
    let sum: f64 =
        verdicts.iter().map(|v| -f64::from(v.true_probability).clamp(EPSILON, 1.0 - EPSILON).ln()).sum();
    sum / verdicts.len() as f64
}

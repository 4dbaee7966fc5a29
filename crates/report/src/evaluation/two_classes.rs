//! What is asked of a classifier with two classes: its threshold, and how well it ranks.
//!
//! The area under the ROC curve is the probability that a picture of the positive class gets a higher score than
//! one of the negative class, ties counted half: Mann and Whitney's U over the number of pairs.

use serde::{Deserialize, Serialize};

use super::operating_point::OperatingPoint;
use super::verdict::Judged;

/// The threshold where nobody chose one.
const PLAIN: f32 = 0.5;

/// Figures of a classifier with two classes; the second class is the positive one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TwoClasses {
    /// The second class's name.
    pub positive_class: String,
    /// The positive class is predicted when its probability is above this.
    pub threshold: f32,
    /// The area under the ROC curve, 0.5 when the model guesses.
    /// `None`: one of the classes has no pictures, or a probability is not a number.
    pub roc_auc: Option<f64>,
    /// What the plain threshold of 0.5 gives, where another one decides.
    #[serde(default)]
    pub at_half: Option<OperatingPoint>,
}

impl TwoClasses {
    pub(super) fn of(judged: &Judged, names: &[String]) -> Option<Self> {
        let [_, positive_class] = names else { return None };
        let mut scores: Vec<_> = judged.verdicts.iter().map(|v| (v.last_probability, v.truth == 1)).collect();
        let threshold = judged.threshold.unwrap_or(PLAIN);
        Some(Self {
            positive_class: positive_class.clone(),
            threshold,
            roc_auc: area_under_roc(&mut scores),
            at_half: (threshold != PLAIN).then(|| OperatingPoint::at(PLAIN, judged, names)),
        })
    }
}

/// `scores` are (score, is positive).
fn area_under_roc(scores: &mut [(f32, bool)]) -> Option<f64> {
    let positives = scores.iter().filter(|s| s.1).count() as f64;
    let negatives = scores.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 || scores.iter().any(|s| s.0.is_nan()) {
        return None;
    }
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut negatives_below, mut pairs_won) = (0.0, 0.0);
    // `==` and not `total_cmp`: -0 and 0 tie.
    for ties in scores.chunk_by(|a, b| a.0 == b.0) {
        let tied_positives = ties.iter().filter(|s| s.1).count() as f64;
        let tied_negatives = ties.len() as f64 - tied_positives;
        pairs_won += tied_positives * (negatives_below + tied_negatives / 2.0);
        negatives_below += tied_negatives;
    }
    Some(pairs_won / (positives * negatives))
}

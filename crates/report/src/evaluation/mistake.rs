//! The wrong answers that the model was surest of.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::verdict::Judged;
use crate::lossy_path;

/// A picture that was taken for another class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// The picture's file.
    #[serde(with = "lossy_path")]
    pub path: PathBuf,
    /// What it is.
    pub true_class: String,
    /// What the model took it for.
    pub predicted_class: String,
    /// The probability that the model gave to its answer, 0 to 1.
    pub confidence: f32,
    /// The probability that it gave to the truth, 0 to 1.
    pub true_probability: f32,
}

/// The `count` surest mistakes; between equals, the one that gave less to the truth, then the earlier picture.
pub(super) fn worst(
    judged: &Judged,
    names: &[String],
    paths: &[impl AsRef<Path>],
    count: usize,
) -> Vec<Mistake> {
    let mut wrong: Vec<_> = judged
        .verdicts
        .iter()
        .zip(paths)
        .filter_map(|(v, path)| v.predicted.filter(|p| *p != v.truth).map(|predicted| (v, predicted, path)))
        .collect();
    // The sort is stable, so equal mistakes stay in the pictures' order.
    wrong.sort_by(|(a, ..), (b, ..)| {
        worse((a.confidence, a.true_probability), (b.confidence, b.true_probability))
    });
    wrong.truncate(count);
    let mistake = |(verdict, predicted, path): (&super::Verdict, usize, &_)| Mistake {
        path: AsRef::<Path>::as_ref(path).to_path_buf(),
        true_class: names[verdict.truth].clone(),
        predicted_class: names[predicted].clone(),
        confidence: verdict.confidence,
        true_probability: verdict.true_probability,
    };
    wrong.into_iter().map(mistake).collect()
}

/// The `count` worst of those that were the worst of each part, in the order of [`worst`].
pub(super) fn worst_of(mut mistakes: Vec<&Mistake>, count: usize) -> Vec<Mistake> {
    mistakes.sort_by(|a, b| worse((a.confidence, a.true_probability), (b.confidence, b.true_probability)));
    mistakes.into_iter().take(count).cloned().collect()
}

/// Which of two mistakes comes first, by the probabilities that were given to the answer and to the truth.
fn worse((answer, truth): (f32, f32), (other_answer, other_truth): (f32, f32)) -> Ordering {
    other_answer.total_cmp(&answer).then(truth.total_cmp(&other_truth))
}

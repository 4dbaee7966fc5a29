//! Right answers to show what each class looks like.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::verdict::Judged;
use crate::lossy_path;

/// A picture that was recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The picture's file.
    #[serde(with = "lossy_path")]
    pub path: PathBuf,
    /// What it is, and what the model said.
    pub class: String,
    /// The probability that the model gave to it, 0 to 1.
    pub confidence: f32,
}

/// Of each class in order, its `count` surest right answers; between equals, the earlier picture.
pub(super) fn surest(
    judged: &Judged,
    names: &[String],
    paths: &[impl AsRef<Path>],
    count: usize,
) -> Vec<Example> {
    let mut right: Vec<_> = judged.verdicts.iter().zip(paths).filter(|(v, _)| v.is_right()).collect();
    right.sort_by(|(a, _), (b, _)| a.truth.cmp(&b.truth).then(b.confidence.total_cmp(&a.confidence)));
    right
        .chunk_by(|(a, _), (b, _)| a.truth == b.truth)
        .flat_map(|of_class| of_class.iter().take(count))
        .map(|(verdict, path)| Example {
            path: path.as_ref().to_path_buf(),
            class: names[verdict.truth].clone(),
            confidence: verdict.confidence,
        })
        .collect()
}

//! Right answers to show what each class looks like.

use std::collections::HashMap;
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

/// The same of `examples` that were the surest of each part.
pub(super) fn surest_of(names: &[String], examples: Vec<&Example>, count: usize) -> Vec<Example> {
    let mut classes: HashMap<&str, Vec<&Example>> = HashMap::new();
    examples.into_iter().for_each(|example| classes.entry(&example.class).or_default().push(example));
    let of_class = |name: &String| {
        let mut right = classes.remove(name.as_str()).unwrap_or_default();
        right.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        right.into_iter().take(count).cloned()
    };
    names.iter().flat_map(of_class).collect()
}

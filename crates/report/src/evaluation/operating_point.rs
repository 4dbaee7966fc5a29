//! What a classifier of two classes gives at one threshold.

use serde::{Deserialize, Serialize};

use super::class_figures::{self, ClassFigures};
use super::confusion;
use super::verdict::Judged;

/// The figures at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The second class is predicted when its probability is above this.
    pub threshold: f32,
    /// The share of pictures whose predicted class is the true one.
    pub accuracy: f64,
    /// Precision, recall and F1 of both classes.
    pub classes: Vec<ClassFigures>,
}

impl OperatingPoint {
    /// What the pictures of `judged` give at `threshold`.
    pub(super) fn at(threshold: f32, judged: &Judged, names: &[String]) -> Self {
        let judged = judged.at(threshold);
        let right = judged.verdicts.iter().filter(|verdict| verdict.is_right()).count();
        Self {
            threshold,
            accuracy: right as f64 / judged.verdicts.len() as f64,
            classes: class_figures::of(names, &confusion(&judged), &judged),
        }
    }
}

//! Precision, recall and F1, class by class and averaged.
//!
//! With a class's true positives `tp`, false positives `fp` and false negatives `fn`:
//! precision `tp / (tp + fp)`, recall `tp / (tp + fn)`, F1 `2 tp / (2 tp + fp + fn)`.

use serde::{Deserialize, Serialize};

use super::verdict::Judged;

/// How well one class is recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// The class's name.
    pub name: String,
    /// Of the pictures taken for this class, the share that is. `None`: the class was never predicted.
    pub precision: Option<f64>,
    /// Of this class's pictures, the share that was recognised. `None`: there are no pictures of it.
    pub recall: Option<f64>,
    /// The harmonic mean of both. `None`: no picture of it, and never predicted.
    pub f1: Option<f64>,
    /// Pictures of this class.
    pub support: usize,
    /// Pictures taken for this class.
    pub predicted: usize,
}

/// Figures averaged over the classes that have them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Average {
    /// Mean precision.
    pub precision: Option<f64>,
    /// Mean recall.
    pub recall: Option<f64>,
    /// Mean F1.
    pub f1: Option<f64>,
}

impl Average {
    /// The mean over `classes`, each with its `weight`; as scikit-learn averages with `zero_division=nan`, but where
    /// all weights are 0 there is no mean.
    pub(super) fn of(classes: &[ClassFigures], weight: impl Fn(&ClassFigures) -> f64) -> Self {
        let mean = |figure: fn(&ClassFigures) -> Option<f64>| {
            let defined = classes.iter().filter_map(|c| figure(c).map(|value| (value, weight(c))));
            let (sum, weights) = defined
                .fold((0.0, 0.0), |(sum, weights), (value, weight)| (sum + value * weight, weights + weight));
            (weights > 0.0).then(|| sum / weights)
        };
        Self { precision: mean(|c| c.precision), recall: mean(|c| c.recall), f1: mean(|c| c.f1) }
    }
}

pub(super) fn of(names: &[String], confusion: &[Vec<usize>], judged: &Judged) -> Vec<ClassFigures> {
    let mut support = vec![0; names.len()];
    for verdict in &judged.verdicts {
        support[verdict.truth] += 1;
    }
    counted(names, confusion, &support)
}

/// The figures of `confusion[true class][predicted class]`, of so many pictures of each class. A picture that got no class
/// counts among them, and is in no column.
pub(crate) fn counted(names: &[String], confusion: &[Vec<usize>], support: &[usize]) -> Vec<ClassFigures> {
    let mut predicted = vec![0; names.len()];
    for row in confusion {
        row.iter().zip(&mut predicted).for_each(|(n, total)| *total += n);
    }
    let figures = |class: usize| {
        let right = confusion[class][class];
        ClassFigures {
            name: names[class].clone(),
            precision: share(right, predicted[class]),
            recall: share(right, support[class]),
            f1: share(2 * right, predicted[class] + support[class]),
            support: support[class],
            predicted: predicted[class],
        }
    };
    (0..names.len()).map(figures).collect()
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

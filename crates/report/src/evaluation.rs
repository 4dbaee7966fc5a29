//! What a model got right and wrong on labelled pictures that it had not seen.

mod aim;
mod calibration;
mod check;
mod class_figures;
mod example;
mod interval;
mod loss;
mod mistake;
mod notes;
mod operating_point;
mod together;
mod two_classes;
mod verdict;

use std::cmp::Reverse;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use aim::{Aim, Aimed, Figure};
pub use calibration::{Calibration, CalibrationBin};
pub(crate) use class_figures::counted;
pub use class_figures::{Average, ClassFigures};
pub use example::Example;
pub use interval::wilson;
pub use mistake::Mistake;
pub(crate) use notes::listed;
pub use operating_point::OperatingPoint;
pub use two_classes::TwoClasses;

use crate::Result;
use verdict::{Judged, Verdict};

/// The figures of one evaluation. Field names are the keys in `result.json`.
///
/// A figure that does not exist, such as the precision of a class that was never predicted, is `None` (`null` in
/// JSON), is left out of averages, and is explained in [`notes`](Self::notes). Nothing is silently 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Pictures judged, at least 1.
    pub pictures: usize,
    /// Pictures whose predicted class is the true one.
    pub correct: usize,
    /// `correct / pictures`, 0 to 1.
    pub accuracy: f64,
    /// Where the true accuracy lies with 95 % confidence: Wilson's score interval, `[low, high]`.
    pub accuracy_interval: [f64; 2],
    /// The accuracy of always guessing the largest class: what a model has to beat.
    pub baseline_accuracy: f64,
    /// The loss: the caller's, else the mean cross-entropy in nats. `None` when it is not a number.
    pub loss: Option<f64>,
    /// One entry a class, in the order of the class names.
    pub classes: Vec<ClassFigures>,
    /// The plain mean over the classes that have the figure.
    pub macro_average: Average,
    /// The mean over the classes that have the figure, weighted by their pictures.
    pub weighted_average: Average,
    /// Counts: `confusion[true class][predicted class]`.
    pub confusion: Vec<Vec<usize>>,
    /// Pictures in no column of `confusion`: the model gave them probabilities that are not numbers.
    pub undefined_predictions: usize,
    /// The wrong answers that the model was surest of, worst first.
    pub mistakes: Vec<Mistake>,
    /// A few right answers of each class, surest first.
    pub examples: Vec<Example>,
    /// With two classes: the threshold and the area under the ROC curve.
    pub two_classes: Option<TwoClasses>,
    /// Whether the model is right as often as it is sure.
    pub calibration: Calibration,
    /// What a reader should know about the figures above, in whole sentences.
    pub notes: Vec<String>,
}

/// What [`Evaluation::new`] may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The loss that training uses, if it was computed. `None`: the mean cross-entropy of the probabilities.
    pub loss: Option<f64>,
    /// With two classes, the second is predicted when its probability is above this. `None`: the likelier class.
    pub threshold: Option<f32>,
    /// How many mistakes to keep.
    pub mistakes: usize,
    /// How many right answers to keep of each class.
    pub examples_per_class: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { loss: None, threshold: None, mistakes: 24, examples_per_class: 6 }
    }
}

impl Evaluation {
    /// Judges `probabilities`, `[pictures, classes]` row by row, or `[pictures, 1]` with the probability of the
    /// second of two classes; `labels` holds indices into `class_names`, `paths` the pictures' files.
    ///
    /// Between equal probabilities the first class wins. A row with a probability that is not a number is a wrong
    /// answer, and predicts no class.
    ///
    /// # Errors
    /// No picture, lists whose lengths do not fit, a label that names no class, a probability or a threshold
    /// outside 0 to 1, or a threshold with other than two classes.
    pub fn new(
        class_names: &[String],
        probabilities: &[f32],
        labels: &[u32],
        paths: &[impl AsRef<Path>],
        settings: &Settings,
    ) -> Result<Self> {
        let judged = Judged::new(class_names, probabilities, labels, settings.threshold)?;
        judged.check_paths(paths.len())?;
        let confusion = confusion(&judged);
        let classes = class_figures::of(class_names, &confusion, &judged);
        let (pictures, correct) =
            (judged.verdicts.len(), judged.verdicts.iter().filter(|v| v.is_right()).count());
        let largest_class = classes.iter().map(|c| c.support).max().unwrap_or(0);
        let undefined_predictions = judged.verdicts.iter().filter(|v| v.predicted.is_none()).count();
        let loss = settings.loss.unwrap_or_else(|| loss::cross_entropy(&judged.verdicts));
        let loss = Some(loss).filter(|l| l.is_finite());
        Ok(Self {
            pictures,
            correct,
            accuracy: correct as f64 / pictures as f64,
            accuracy_interval: interval::wilson(correct, pictures),
            baseline_accuracy: largest_class as f64 / pictures as f64,
            loss,
            macro_average: Average::of(&classes, |_| 1.0),
            weighted_average: Average::of(&classes, |c| c.support as f64),
            mistakes: mistake::worst(&judged, class_names, paths, settings.mistakes),
            examples: example::surest(&judged, class_names, paths, settings.examples_per_class),
            two_classes: TwoClasses::of(&judged, class_names),
            calibration: Calibration::of(&judged.verdicts),
            notes: notes::of(&classes, undefined_predictions, loss),
            confusion,
            undefined_predictions,
            classes,
        })
    }

    /// Checks what was read from a file: code that draws it trusts its counts.
    pub(crate) fn check(&self) -> Result<()> {
        check::check(self)
    }

    /// The class names, in order.
    pub fn class_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.classes.iter().map(|c| c.name.as_str())
    }

    /// Pairs (true, predicted) of different classes with their counts: the most frequent first, between equals the one
    /// that is a larger share of its class.
    pub fn confused_pairs(&self) -> Vec<(usize, usize, usize)> {
        let mut pairs: Vec<_> = self
            .confusion
            .iter()
            .enumerate()
            .flat_map(|(truth, row)| row.iter().enumerate().map(move |(predicted, &n)| (truth, predicted, n)))
            .filter(|&(truth, predicted, n)| truth != predicted && n > 0)
            .collect();
        pairs.sort_by_key(|&(truth, predicted, n)| {
            (Reverse(n), self.classes[truth].support, truth, predicted)
        });
        pairs
    }
}

fn confusion(judged: &Judged) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; judged.classes]; judged.classes];
    for &Verdict { truth, predicted, .. } in &judged.verdicts {
        if let Some(predicted) = predicted {
            counts[truth][predicted] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests;

//! What the folds of a cross-validation reached, and how far they lie apart, as its JSON has it.
//!
//! The deviation is that of a sample, `sqrt(Σ (x - mean)² / (n - 1))`.

mod columns;
mod told;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{ClassFigures, Error, ErrorKind, Evaluation, Outcome, Result};
pub(crate) use columns::Column;

/// How figures of the pictures that are held out are called in training.
const VALIDATION: &str = "val_";

/// A cross-validation: as many trainings as there are folds, each judged on the fold that it did not learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// The data's name.
    pub name: String,
    /// The network.
    pub architecture: String,
    /// Pictures of all folds.
    pub pictures: usize,
    /// Those of them that are right.
    pub correct: usize,
    /// The share of them.
    pub accuracy: f64,
    /// The 95 % interval of that share.
    pub accuracy_interval: [f64; 2],
    /// Each class, over the pictures of all folds.
    pub classes: Vec<ClassFigures>,
    /// Counts over all folds: `confusion[true class][predicted class]`.
    pub confusion: Vec<Vec<usize>>,
    /// Each fold, in order.
    pub folds: Vec<FoldFigures>,
    /// Mean and deviation of each figure over the folds that have it.
    pub spread: BTreeMap<String, Spread>,
    /// What a reader should know, in whole sentences.
    pub notes: Vec<String>,
    /// How long all of it took, each run as its own result says.
    pub seconds: f64,
}

/// What the training that held out one fold reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldFigures {
    /// Counted from 1.
    pub number: usize,
    /// Its run.
    pub folder: String,
    /// Pictures that were held out.
    pub pictures: usize,
    /// Those of them that are right.
    pub correct: usize,
    /// The epochs of its training.
    #[serde(default)]
    pub epochs: usize,
    /// The one whose weights were kept, counted from 1.
    #[serde(default)]
    pub best_epoch: Option<usize>,
    /// With two classes, above which probability the second was predicted.
    #[serde(default)]
    pub threshold: Option<f32>,
    /// `accuracy` and `loss`; `macro_precision`, `macro_recall` and `macro_f1`, means over the classes; with two classes
    /// `auc`; `test_accuracy` where there is a test part; and what training measured in the epoch that was kept, as
    /// `val_auc_pr`.
    pub figures: BTreeMap<String, Option<f64>>,
}

/// How a figure lies over the folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The deviation of a sample; `None` of a single fold.
    pub deviation: Option<f64>,
    /// The folds that have the figure.
    pub folds: usize,
}

impl CrossValidation {
    /// From the runs of all folds, in order, with their folders.
    ///
    /// # Errors
    /// There is none, one was not judged on pictures that it held out, or they have other classes than the first.
    pub fn of(runs: &[(PathBuf, Outcome)]) -> Result<Self> {
        let wrong = |why: String| Error::new(ErrorKind::Value, why);
        let (_, first) = runs.first().ok_or_else(|| wrong("there is no fold".into()))?;
        let classes = first.model.classes.clone();
        let (mut folds, mut parts) = (Vec::with_capacity(runs.len()), Vec::with_capacity(runs.len()));
        for (index, (folder, outcome)) in runs.iter().enumerate() {
            let wrong = |why: &str| wrong(format!("{}: {why}", folder.display()));
            let judged = outcome.validation.as_ref().ok_or_else(|| wrong("no picture was held out"))?;
            if outcome.model.classes != classes || !judged.class_names().eq(&classes) {
                return Err(wrong("this fold has other classes than the first"));
            }
            folds.push(FoldFigures::of(index + 1, folder, outcome, judged));
            parts.push(judged);
        }
        let together = Evaluation::together(&parts).ok_or_else(|| wrong("there is no fold".into()))?;
        Ok(Self {
            name: first.name.clone(),
            architecture: first.model.architecture.clone(),
            pictures: together.pictures,
            correct: together.correct,
            accuracy: together.accuracy,
            accuracy_interval: together.accuracy_interval,
            classes: together.classes,
            confusion: together.confusion,
            notes: told::notes(runs, &parts, &folds),
            spread: spread(&folds),
            seconds: runs.iter().map(|(_, outcome)| outcome.seconds.total).sum(),
            folds,
        })
    }
}

impl FoldFigures {
    fn of(number: usize, folder: &Path, outcome: &Outcome, judged: &Evaluation) -> Self {
        let mut figures = BTreeMap::from([
            ("accuracy", Some(judged.accuracy)),
            ("loss", judged.loss),
            ("macro_precision", judged.macro_average.precision),
            ("macro_recall", judged.macro_average.recall),
            ("macro_f1", judged.macro_average.f1),
        ]);
        figures.extend(judged.two_classes.as_ref().map(|two| ("auc", two.roc_auc)));
        figures.extend(outcome.test.as_ref().map(|test| ("test_accuracy", Some(test.accuracy))));
        let best = outcome.best.as_ref().map(|best| best.epoch);
        let mut epochs = outcome.stages.iter().flat_map(|stage| &stage.epochs);
        let measured =
            epochs.find(|epoch| Some(epoch.epoch) == best).into_iter().flat_map(|epoch| &epoch.metrics);
        let held_out = measured.filter(|(name, _)| name.starts_with(VALIDATION));
        figures.extend(held_out.map(|(name, value)| (name.as_str(), *value)));
        Self {
            number,
            folder: folder.display().to_string(),
            pictures: judged.pictures,
            correct: judged.correct,
            epochs: outcome.stages.iter().map(|stage| stage.epochs.len()).sum(),
            best_epoch: best,
            threshold: judged.two_classes.as_ref().map(|two| two.threshold),
            figures: figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

/// Of each figure that a fold has.
fn spread(folds: &[FoldFigures]) -> BTreeMap<String, Spread> {
    let mut values: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
    for (name, value) in folds.iter().flat_map(|fold| &fold.figures) {
        values.entry(name).or_default().extend(value);
    }
    let spread = |(name, values): (&String, Vec<f64>)| Some((name.clone(), Spread::of(&values)?));
    values.into_iter().filter_map(spread).collect()
}

impl Spread {
    /// `None` of no value.
    fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = match values {
            // Their sum may be rounded, and then they would lie apart from their own mean.
            [first, others @ ..] if others.iter().all(|value| value == first) => *first,
            _ => values.iter().sum::<f64>() / count,
        };
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, deviation, folds: values.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The run of a fold in which so many of class 0, and of class 1, are right.
    fn run(right: [usize; 2], of: [usize; 2]) -> Outcome {
        let names = ["cat".to_string(), "dog".to_string()];
        let (mut probabilities, mut labels) = (Vec::new(), Vec::new());
        for class in [0, 1] {
            for index in 0..of[class] {
                let share = if index < right[class] { 0.9 } else { 0.2 };
                probabilities.extend(if class == 0 { [share, 1.0 - share] } else { [1.0 - share, share] });
                labels.push(class as u32);
            }
        }
        let paths = vec!["a.png"; labels.len()];
        let judged =
            Evaluation::new(&names, &probabilities, &labels, &paths, &crate::Settings::default()).unwrap();
        let model = crate::ModelFacts { classes: names.to_vec(), ..Default::default() };
        Outcome { validation: Some(judged), model, ..Outcome::default() }
    }

    #[test]
    fn folds_of_several_sizes_are_counted_by_picture_and_averaged_by_fold() {
        let runs = [([9, 8], [10, 10]), ([7, 9], [10, 9]), ([10, 10], [10, 10])];
        let runs = runs.map(|(right, of)| (PathBuf::from("fold"), run(right, of)));
        let all = CrossValidation::of(&runs).unwrap();
        assert_eq!((all.pictures, all.correct), (59, 53));
        assert_eq!(all.confusion, [[26, 4], [2, 27]]);
        assert_eq!(all.accuracy, 53.0 / 59.0);
        // statistics.mean and statistics.stdev of 17/20, 16/19 and 1.
        let accuracy = all.spread["accuracy"];
        assert!((accuracy.mean - 0.897_368_421_052_631_6).abs() < 1e-12, "{accuracy:?}");
        assert!((accuracy.deviation.unwrap() - 0.088_969_165_812_510_38).abs() < 1e-12, "{accuracy:?}");
        assert_eq!(all.spread["auc"].folds, 3);
        assert!(!all.spread.contains_key("test_accuracy"));
    }

    #[test]
    fn what_was_monitored_stands_for_no_figure_of_the_pictures_held_out() {
        let watched = |monitor: &str| {
            let best = crate::Best { epoch: 2, monitor: monitor.into(), ..Default::default() };
            let epoch = |epoch, value| crate::Epoch {
                epoch,
                seconds: 1.0,
                learning_rate: None,
                metrics: BTreeMap::from([(monitor.to_owned(), Some(value))]),
            };
            let stage = crate::Stage { epochs: vec![epoch(1, 0.5), epoch(2, 0.125)], ..Default::default() };
            let run = Outcome { best: Some(best), stages: vec![stage], ..run([1, 2], [2, 2]) };
            CrossValidation::of(&[(PathBuf::from("fold"), run)]).unwrap().spread
        };
        assert_eq!(watched("accuracy")["accuracy"].mean, 0.75);
        assert_eq!((watched("val_auc")["val_auc"].mean, watched("val_auc")["accuracy"].mean), (0.125, 0.75));
    }

    #[test]
    fn classes_are_counted_over_all_folds_also_where_one_lacks_them() {
        let runs = [([0, 10], [2, 10]), ([0, 10], [0, 10])];
        let runs = runs.map(|(right, of)| (PathBuf::from("fold"), run(right, of)));
        let all = CrossValidation::of(&runs).unwrap();
        assert_eq!(
            (all.classes[0].recall, all.classes[0].precision, all.classes[0].support),
            (Some(0.0), None, 2)
        );
        assert_eq!((all.classes[1].recall, all.classes[1].predicted), (Some(1.0), 22));
        assert_eq!(
            all.notes,
            [
                "Not every fold held out pictures of cat: where one did not, its precision, recall and F1 leave it out."
            ]
        );
        let mut more = runs.clone();
        more[1].1.images.parts = vec![crate::Part { name: "train".into(), pictures: 9, classes: vec![4, 5] }];
        assert!(CrossValidation::of(&more).unwrap().notes[1].contains("from 0 to 9 pictures"));
    }

    #[test]
    fn equal_folds_lie_on_their_mean() {
        // 0.8 + 0.8 + 0.8 is 2.4000000000000004.
        let spread = Spread::of(&[0.8; 3]).unwrap();
        assert_eq!((spread.mean, spread.deviation), (0.8, Some(0.0)));
        assert_eq!(Spread::of(&[0.5, 0.75]).unwrap().mean, 0.625);
    }

    #[test]
    fn runs_that_are_no_folds_of_one_set_are_refused() {
        let fold = || PathBuf::from("fold-2");
        let refused = |runs: &[(PathBuf, Outcome)]| CrossValidation::of(runs).unwrap_err().to_string();
        let good = run([1, 1], [2, 2]);
        assert!(refused(&[]).contains("no fold"));
        let blind = Outcome { validation: None, ..good.clone() };
        assert!(refused(&[(fold(), good.clone()), (fold(), blind)]).contains("fold-2: no picture"));
        let mut other = good.clone();
        other.model.classes[0] = "cow".into();
        assert!(refused(&[(fold(), good), (fold(), other)]).contains("other classes"));
    }
}

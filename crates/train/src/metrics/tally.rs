//! Hits and misses by class, from which most metrics follow.

use super::{Answers, Metric};

/// What was counted for one class.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Class {
    /// Pictures of this class that were called so.
    pub(super) hits: u64,
    /// Pictures that were called so.
    pub(super) predicted: u64,
    /// Pictures of this class.
    pub(super) actual: u64,
}

/// A figure that follows from the counts by class.
pub(super) struct Tally {
    classes: Vec<Class>,
    figure: fn(&[Class]) -> f64,
}

impl Tally {
    /// A metric over `classes` classes whose value is `figure` of the counts.
    pub(super) fn metric(classes: usize, figure: fn(&[Class]) -> f64) -> Box<dyn Metric> {
        Box::new(Self { classes: vec![Class::default(); classes], figure })
    }
}

impl Metric for Tally {
    fn add(&mut self, answers: &Answers<'_>) {
        for (&predicted, &label) in answers.predicted.iter().zip(answers.labels) {
            self.classes[predicted as usize].predicted += 1;
            self.classes[label as usize].actual += 1;
            self.classes[label as usize].hits += u64::from(predicted == label);
        }
    }

    fn value(&self) -> f64 {
        (self.figure)(&self.classes)
    }
}

/// Of two classes, the second one's figure, as Keras reads a binary model at threshold 0.5; of more, the mean over
/// those classes that occur among the answers or the truth (scikit-learn's `average="macro"`).
pub(super) fn over_classes(classes: &[Class], figure: fn(&Class) -> f64) -> f64 {
    if let [_, positive] = classes {
        return figure(positive);
    }
    let (sum, count) = classes
        .iter()
        .filter(|class| class.predicted + class.actual > 0)
        .fold((0.0, 0), |(sum, count), class| (sum + figure(class), count + 1));
    sum / f64::from(count.max(1))
}

/// `part / whole`, and 0 where there is nothing to divide.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

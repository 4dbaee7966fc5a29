//! Metrics: one file each, under Keras's names, gathered batch by batch.
//!
//! A new metric is a file with a `new` and its name in the list below.

mod tally;

use crate::{Error, Result, Scores};

macro_rules! metrics {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every metric.
        pub const ALL: &[Entry] = &[$(Entry { name: stringify!($name), new: $name::new }),*];
    };
}

metrics! { accuracy, precision, recall, f1 }

/// A figure of merit, gathered over pictures; more is better.
pub trait Metric: Send {
    /// Counts a batch.
    fn add(&mut self, answers: &Answers<'_>);

    /// The figure over everything counted; 0 before the first picture.
    fn value(&self) -> f64;
}

/// What a model said about a batch of pictures, and what they are.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// `[pictures, classes]`
    pub probabilities: &'a [f32],
    /// The most probable class of each picture; the first of equal ones.
    pub predicted: &'a [u32],
    /// The true class of each picture.
    pub labels: &'a [u32],
}

/// A metric in the list: its name, and how a new one starts.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Keras's name.
    pub name: &'static str,
    /// A metric over so many classes that has counted nothing.
    pub new: fn(classes: usize) -> Box<dyn Metric>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The metric called `name`.
///
/// # Errors
/// There is none; the message lists those that exist.
pub fn find(name: &str) -> Result<Entry> {
    let names: Vec<&str> = ALL.iter().map(|metric| metric.name).collect();
    ALL.iter()
        .find(|metric| metric.name == name)
        .copied()
        .ok_or_else(|| Error::unknown("metric", name, &names))
}

/// The most probable class of each row of `probabilities` (`[pictures, classes]`); the first of equal ones.
pub fn most_probable(probabilities: &[f32], classes: usize) -> impl Iterator<Item = u32> {
    probabilities.chunks_exact(classes.max(1)).map(|row| {
        let best =
            row.iter().enumerate().fold(0, |best, (class, p)| if *p > row[best] { class } else { best });
        best as u32
    })
}

/// Several metrics over the same pictures.
pub(crate) struct Meter {
    metrics: Vec<(&'static str, Box<dyn Metric>)>,
    classes: usize,
    predicted: Vec<u32>,
}

impl Meter {
    pub(crate) fn new(entries: &[Entry], classes: usize) -> Self {
        let metrics = entries.iter().map(|entry| (entry.name, (entry.new)(classes))).collect();
        Self { metrics, classes, predicted: Vec::new() }
    }

    /// Counts pictures with these `probabilities`, `[pictures, classes]`.
    pub(crate) fn add(&mut self, probabilities: &[f32], labels: &[u32]) {
        self.predicted.clear();
        self.predicted.extend(most_probable(probabilities, self.classes));
        let answers = Answers { probabilities, predicted: &self.predicted, labels };
        self.metrics.iter_mut().for_each(|(_, metric)| metric.add(&answers));
    }

    /// Puts a figure a metric among `scores`.
    pub(crate) fn write_to(&self, scores: &mut Scores) {
        self.metrics.iter().for_each(|(name, metric)| scores.set(name, metric.value()));
    }
}

#[cfg(test)]
mod tests;

//! Metrics: one file each, under Keras's names.
//!
//! A metric is asked for by its name: `accuracy`, `recall`. Those that are figures of a class can be asked for one
//! class, `recall[PNEUMONIA]`, and as the mean over all of them, `recall_macro`; by the name alone they are, of two
//! classes, the second's, as Keras reads a binary model, and of more that mean (scikit-learn's `average="macro"`). What
//! takes a number has it in the brackets, before a class: `recall_at_precision[0.9]`,
//! `recall_at_precision[0.9/PNEUMONIA]`, `top_k_categorical_accuracy[3]`.
//!
//! Figures over all thresholds (`auc` and what follows it in the list) are gathered with Keras's 200 thresholds while a
//! model learns, and exactly, with a threshold at every probability that occurs, where all predictions are known: after
//! each epoch's validation, and in [`crate::evaluate`].
//!
//! A new metric is a file with a `KIND` and its name in the list below.

mod asked;
mod bounded;
mod curve;
mod meter;
mod over;
mod tally;

use crate::{Error, Result};
pub use asked::Entry;
use asked::Number;
pub use bounded::{Bounded, FigureName, Relation};
use curve::Curve;
pub(crate) use meter::{Meter, exact};
use tally::Counts;

macro_rules! metrics {
    ($($name:ident $(or $other:literal)*),* $(,)?) => {
        $(mod $name;)*

        /// Every metric's name.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// The one of [`NAMES`] that `written` is, also where it is another of Keras's names of it, class or function.
        pub fn known_as(written: &str) -> Option<&'static str> {
            graph::known_as(written, NAMES, &[$($(($other, stringify!($name)),)*)*])
        }

        const KINDS: &[&Kind] = &[$(&$name::KIND),*];
    };
}

metrics! {
    accuracy or "acc" or "binary_accuracy" or "categorical_accuracy" or "sparse_categorical_accuracy",
    top_k_categorical_accuracy or "sparse_top_k_categorical_accuracy",
    precision,
    recall,
    f1 or "f1_score",
    auc,
    auc_pr,
    recall_at_precision,
    precision_at_recall,
    sensitivity_at_specificity,
    specificity_at_sensitivity,
}

/// What kind of figure a metric is. More is better, for all of them.
#[derive(Debug)]
struct Kind {
    /// The number in its brackets.
    number: Number,
    figure: Figure,
}

/// From what a figure follows, and how; the second argument is the number in the brackets.
#[derive(Debug)]
enum Figure {
    /// The share of pictures for which this holds.
    Share(fn(&Picture<'_>, number: f64) -> bool),
    /// From a class's hits and misses.
    Counts(fn(&Counts) -> f64),
    /// From a class's hits and misses at every threshold.
    Curve(fn(Curve<'_>, number: f64) -> f64),
}

/// What a model said about a picture, and what it is.
struct Picture<'a> {
    /// One probability a class.
    row: &'a [f32],
    /// The most probable class.
    predicted: usize,
    /// The true class.
    label: usize,
}

/// The metric of this name, as the top of this file says.
///
/// # Errors
/// There is none; the message lists those that exist.
pub fn find(name: &str) -> Result<Entry> {
    Entry::parse(name)
}

/// The name of a figure of the epochs, `loss` or a metric's with `val_` or without, as an epoch's figures have it:
/// `val_accuracy` for `val_acc`, `recall[PNEUMONIA]` for `Recall[PNEUMONIA]`. Another name stays as it is.
pub fn figure(name: &str) -> String {
    let (part, metric) = name.strip_prefix("val_").map_or(("", name), |metric| ("val_", metric));
    find(metric).map_or_else(|_| name.to_owned(), |entry| format!("{part}{}", entry.name()))
}

/// Every metric by its name alone, with 0.5 where a number is needed.
pub fn all() -> Vec<Entry> {
    let named = NAMES.iter().filter_map(|name| find(name).or_else(|_| find(&format!("{name}[0.5]"))).ok());
    named.collect()
}

/// The most probable class of each row of `probabilities` (`[pictures, classes]`); the first of equal ones.
pub fn most_probable(probabilities: &[f32], classes: usize) -> impl Iterator<Item = u32> {
    probabilities.chunks_exact(classes.max(1)).map(|row| argmax(row) as u32)
}

fn argmax(row: &[f32]) -> usize {
    row.iter().enumerate().fold(0, |best, (class, p)| if *p > row[best] { class } else { best })
}

fn unknown(name: &str) -> Error {
    Error::unknown("metric", name, NAMES)
}

/// `part / whole`, and 0 where there is nothing to divide.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests;

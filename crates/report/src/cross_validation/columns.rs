//! The figures of folds that have a column, on a terminal and on a page alike.

use super::{CrossValidation, Spread};
use crate::numbers::{NONE, TIE, loss, percent, three_digits};

/// A column.
pub(crate) struct Column {
    /// What stands over it.
    pub(crate) title: &'static str,
    /// The same where there is room.
    pub(crate) label: &'static str,
    /// The figure.
    pub(crate) name: &'static str,
    /// How it is written.
    pub(crate) written: fn(Option<f64>) -> String,
}

const COLUMNS: [Column; 7] = [
    column(["accuracy", "accuracy", "accuracy"], share),
    column(["loss", "loss", "loss"], loss),
    column(["precision", "precision, mean of classes", "macro_precision"], three_digits),
    column(["recall", "recall, mean of classes", "macro_recall"], three_digits),
    column(["F1", "F1, mean of classes", "macro_f1"], three_digits),
    column(["AUC", "area under ROC", "auc"], three_digits),
    column(["test accuracy", "test accuracy", "test_accuracy"], share),
];

const fn column([title, label, name]: [&'static str; 3], written: fn(Option<f64>) -> String) -> Column {
    Column { title, label, name, written }
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), percent)
}

impl CrossValidation {
    /// The columns that a fold has something in, each with how that lies.
    pub(crate) fn columns(&self) -> Vec<(&'static Column, Spread)> {
        COLUMNS.iter().filter_map(|column| Some((column, *self.spread.get(column.name)?))).collect()
    }
}

impl Column {
    /// Mean and deviation, as `89.4 ± 2.1 %`.
    pub(crate) fn with_deviation(&self, spread: &Spread) -> String {
        let mean = (self.written)(Some(spread.mean));
        let Some(deviation) = spread.deviation else { return mean };
        let unit = [TIE, '%'];
        format!("{}{TIE}±{TIE}{}", mean.trim_end_matches(unit), (self.written)(Some(deviation)))
    }
}

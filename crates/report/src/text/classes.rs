//! Precision, recall and F1 of each class.

use super::Style;
use super::table::{left, right, widest};
use crate::numbers::{grouped, three_digits};
use crate::shorten::shorten;
use crate::{Average, Evaluation};

/// Heads of the columns, and how wide a column is with the space before it.
type Columns = [(&'static str, usize); 4];

const COLUMNS: Columns = [("precision", 11), ("recall", 9), ("F1", 8), ("pictures", 10)];
const NARROW_COLUMNS: Columns = [("prec.", 7), ("recall", 8), ("F1", 7), ("n", 6)];
/// Terminals below this get narrow columns.
const NARROW: usize = 60;
const AVERAGES: [&str; 2] = ["mean of classes", "weighted mean"];

pub(super) fn table(evaluation: &Evaluation, style: Style) -> String {
    let columns = if style.columns < NARROW { NARROW_COLUMNS } else { COLUMNS };
    let figures: usize = columns.iter().map(|(_, width)| width).sum();
    let room = style.columns.saturating_sub(figures).max(1);
    let names: Vec<_> = evaluation.class_names().chain(AVERAGES).map(|name| shorten(name, room)).collect();
    let width = widest(names.iter().map(String::as_str));
    let line = |name: &str, cells: [String; 4]| {
        let cells: String = cells.iter().zip(columns).map(|(cell, (_, width))| right(cell, width)).collect();
        left(name, width) + &cells
    };
    let rule = style.dim(&"─".repeat(width + figures)) + "\n";
    let mut text = style.dim(&line("", columns.map(|(head, _)| head.to_owned()))) + "\n" + &rule;
    for (class, name) in evaluation.classes.iter().zip(&names) {
        let [precision, recall, f1] = [class.precision, class.recall, class.f1].map(three_digits);
        text += &(line(name, [precision, recall, f1, grouped(class.support as u64)]) + "\n");
    }
    text += &rule;
    let averages = [evaluation.macro_average, evaluation.weighted_average];
    for (average, name) in averages.into_iter().zip(&names[evaluation.classes.len()..]) {
        let Average { precision, recall, f1 } = average;
        let [precision, recall, f1] = [precision, recall, f1].map(three_digits);
        text += &(line(name, [precision, recall, f1, grouped(evaluation.pictures as u64)]) + "\n");
    }
    text
}

//! Precision, recall and F1 of each class.

use super::table::{left, right, widest};
use super::{Style, wrapped};
use crate::numbers::{grouped, percent, three_digits, threshold};
use crate::shorten::shorten;
use crate::{ClassFigures, Evaluation, OperatingPoint};

/// Heads of the columns, and how wide a column is with the space before it.
type Columns = [(&'static str, usize); 4];

const COLUMNS: Columns = [("precision", 11), ("recall", 9), ("F1", 8), ("pictures", 10)];
const NARROW_COLUMNS: Columns = [("prec.", 7), ("recall", 8), ("F1", 7), ("n", 6)];
/// Terminals below this get narrow columns.
const NARROW: usize = 60;
const AVERAGES: [&str; 2] = ["mean of classes", "weighted mean"];

/// Of each class, and their means.
pub(super) fn table(evaluation: &Evaluation, style: Style) -> String {
    let averages =
        [evaluation.macro_average, evaluation.weighted_average].map(|a| [a.precision, a.recall, a.f1]);
    let averages = AVERAGES.into_iter().zip(averages);
    let averages: Vec<_> = averages.map(|(name, figures)| (name, figures, evaluation.pictures)).collect();
    drawn(&evaluation.classes, &averages, style)
}

/// Of each class, without means.
pub(super) fn alone(classes: &[ClassFigures], style: Style) -> String {
    drawn(classes, &[], style)
}

/// Of both classes at the plain threshold, where another one decides.
pub(super) fn at_half(point: &OperatingPoint, style: Style) -> String {
    let accuracy = percent(point.accuracy);
    let lead =
        format!("With a threshold of {} in its place, accuracy {accuracy}:", threshold(point.threshold));
    wrapped("", &lead, style.columns) + &alone(&point.classes, style)
}

/// A line's name, its precision, recall and F1, and its pictures.
type Line<'a> = (&'a str, [Option<f64>; 3], usize);

fn drawn(classes: &[ClassFigures], averages: &[Line<'_>], style: Style) -> String {
    let columns = if style.columns < NARROW { NARROW_COLUMNS } else { COLUMNS };
    let figures: usize = columns.iter().map(|(_, width)| width).sum();
    let room = style.columns.saturating_sub(figures).max(1);
    let names = classes.iter().map(|class| class.name.as_str()).chain(averages.iter().map(|line| line.0));
    let names: Vec<_> = names.map(|name| shorten(name, room)).collect();
    let width = widest(names.iter().map(String::as_str));
    let line = |name: &str, cells: [String; 4]| {
        let cells: String = cells.iter().zip(columns).map(|(cell, (_, width))| right(cell, width)).collect();
        left(name, width) + &cells + "\n"
    };
    let row = |name: &str, figures: [Option<f64>; 3], pictures: usize| {
        let [precision, recall, f1] = figures.map(three_digits);
        line(name, [precision, recall, f1, grouped(pictures as u64)])
    };
    let rule = style.dim(&"─".repeat(width + figures)) + "\n";
    let head = line("", columns.map(|(head, _)| head.to_owned()));
    let mut text = style.dim(head.trim_end_matches('\n')) + "\n" + &rule;
    for (class, name) in classes.iter().zip(&names) {
        text += &row(name, [class.precision, class.recall, class.f1], class.support);
    }
    if !averages.is_empty() {
        text += &rule;
    }
    for ((_, figures, pictures), name) in averages.iter().zip(&names[classes.len()..]) {
        text += &row(name, *figures, *pictures);
    }
    text
}

//! The confusion matrix of a few classes.

use super::table::{left, right, widest};
use super::{Style, wrapped};
use crate::Evaluation;
use crate::shorten::shorten;

/// More classes than this do not fit; the page has them.
pub(super) const MOST_CLASSES: usize = 12;
const MOST_NAME_COLUMNS: usize = 24;

/// Columns are headed by names if they fit, else by the numbers that then stand before the rows' names.
pub(super) fn table(evaluation: &Evaluation, style: Style) -> String {
    let classes = evaluation.classes.len();
    let largest = evaluation.confusion.iter().flatten().max().copied().unwrap_or(0).to_string().len();
    let names: Vec<_> = evaluation.class_names().map(|name| shorten(name, MOST_NAME_COLUMNS)).collect();
    let named = widest(names.iter().map(String::as_str));
    let column = named.max(largest) + 2;
    let (rows, heads, column): (Vec<String>, Vec<String>, usize) = if named + column * classes
        <= style.columns
    {
        (names.clone(), names, column)
    } else {
        let column = (largest.max(2) + 2).min(style.columns / (classes + 1)).max(largest + 1);
        let room = style.columns.saturating_sub(column * classes + 4).max(1);
        let number = |index: usize| (index + 1).to_string();
        let row =
            |(index, name): (usize, &String)| format!("{} {}", right(&number(index), 2), shorten(name, room));
        (names.iter().enumerate().map(row).collect(), (0..classes).map(number).collect(), column)
    };
    let width = widest(rows.iter().map(String::as_str));
    let mut text = String::new();
    for line in
        wrapped("", "Rows: what a picture is. Columns: what the model took it for.", style.columns).lines()
    {
        text += &(style.dim(line) + "\n");
    }
    let head: String = heads.iter().map(|head| right(head, column)).collect();
    text += &style.dim(&format!("{}{head}", " ".repeat(width)));
    text += "\n";
    for (truth, (name, counts)) in rows.iter().zip(&evaluation.confusion).enumerate() {
        text += &left(name, width);
        for (predicted, count) in counts.iter().enumerate() {
            let shown = if *count == 0 { "·".to_owned() } else { count.to_string() };
            let shown = right(&shown, column);
            text += &match (count, truth == predicted) {
                (0, _) => style.dim(&shown),
                (_, true) => style.green(&shown),
                (_, false) => style.red(&shown),
            };
        }
        text += "\n";
    }
    text
}

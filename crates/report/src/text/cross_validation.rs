//! The folds of a cross-validation as a table, with their mean and deviation.

use super::table::{left, right};
use super::{Style, classes, untied, wrapped};
use crate::cross_validation::VALIDATION;
use crate::numbers::{NONE, count, duration, loss, percent, percent_range, three_digits};
use crate::{CrossValidation, Spread};

/// A column: its title, the figure's name, and how it is written.
type Column = (&'static str, &'static str, fn(Option<f64>) -> String);

const COLUMNS: [Column; 7] = [
    ("accuracy", "accuracy", share),
    ("loss", "loss", loss),
    ("precision", "macro_precision", three_digits),
    ("recall", "macro_recall", three_digits),
    ("F1", "macro_f1", three_digits),
    ("AUC", "auc", three_digits),
    ("test accuracy", "test_accuracy", share),
];

/// Every fold with its figures, what they come to, and what to make of it.
pub fn cross_validation(all: &CrossValidation, style: Style) -> String {
    let style = style.checked();
    let folds = count(all.folds.len(), "fold", "folds");
    let mut text = style.dim(&format!("{} · {folds} · {}", all.architecture, duration(all.seconds)));
    text += "\n\n";
    let columns: Vec<&Column> = COLUMNS.iter().filter(|column| all.spread.contains_key(column.1)).collect();
    let mut line = |name: &str, pictures: &str, figure: &dyn Fn(&Column) -> String| {
        let figures = columns.iter().map(|column| format!("  {}", right(&figure(column), width(column))));
        let line = left(name, 9) + &right(pictures, 8) + &figures.collect::<String>();
        text += if name.is_empty() { style.dim(&line) } else { line }.trim_end();
        text += "\n";
    };
    if columns.iter().any(|column| title(column).0.is_some()) {
        line("", "", &|column| title(column).0.unwrap_or_default().into());
    }
    line("", "pictures", &|column| title(column).1.into());
    for fold in &all.folds {
        let figure = |column: &Column| column.2(fold.figures.get(column.1).copied().flatten());
        line(&fold.number.to_string(), &fold.pictures.to_string(), &figure);
    }
    line("mean", "", &|column| column.2(Some(all.spread[column.1].mean)));
    line("deviation", "", &|column| column.2(all.spread[column.1].deviation));
    text += "\n";
    text += "All folds together:\n";
    text += &classes::alone(&all.classes, style);
    text += "\n";
    text += &others(all, style);
    let judged = format!(
        "Of {}, each judged by a model that had not learned from it, {} are right: {} (95 % interval {}).",
        count(all.pictures, "picture", "pictures"),
        all.correct,
        percent(all.accuracy),
        percent_range(all.accuracy_interval)
    );
    text += &wrapped("", &judged, style.columns);
    let how =
        "Precision, recall and F1 of a fold are means over its classes; deviations are those of a sample.";
    text += &wrapped("", how, style.columns);
    if all.spread.keys().any(|name| name.starts_with(VALIDATION)) {
        let chosen = "The pictures that were held out also chose the epoch that was kept, and the threshold where one was \
                      chosen, so their figures are a little too good; those of a test part chose nothing.";
        text += &wrapped("", chosen, style.columns);
    }
    all.notes.iter().for_each(|note| text += &wrapped("Note: ", note, style.columns));
    untied(&text)
}

/// What training measured beyond the columns, in the epochs that were kept.
fn others(all: &CrossValidation, style: Style) -> String {
    const KNOWN: [&str; 2] = ["val_accuracy", "val_loss"];
    let is_other = |name: &String| name.starts_with(VALIDATION) && !KNOWN.contains(&name.as_str());
    let line = |(name, spread): (&String, &Spread)| {
        let deviation = three_digits(spread.deviation);
        wrapped("", &format!("{name}: mean {:.3}, deviation {deviation}", spread.mean), style.columns)
    };
    let lines: String = all.spread.iter().filter(|(name, _)| is_other(name)).map(line).collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), percent)
}

/// What stands above a column: the part of the pictures, if it says one, over the figure.
fn title(column: &Column) -> (Option<&'static str>, &'static str) {
    match column.0.split_once(' ') {
        Some((part, figure)) => (Some(part), figure),
        None => (None, column.0),
    }
}

/// As wide as the title and `0.1234` or `100.0 %`.
fn width(column: &Column) -> usize {
    title(column).1.len().max(if column.1.ends_with("accuracy") { 7 } else { 6 })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::FoldFigures;
    use crate::evaluation::counted;

    fn sample() -> CrossValidation {
        let names = [
            "accuracy",
            "auc",
            "loss",
            "macro_f1",
            "macro_precision",
            "macro_recall",
            "test_accuracy",
            "val_auc_pr",
        ];
        let figures: BTreeMap<String, Option<f64>> = names
            .iter()
            .zip(0..)
            .map(|(name, at)| ((*name).into(), Some(0.9 - 0.01 * f64::from(at))))
            .collect();
        let fold = |number| FoldFigures {
            number,
            folder: format!("runs/photos-1/fold-{number}"),
            pictures: 40,
            correct: 36,
            figures: figures.clone(),
        };
        let spread = |(name, value): (&String, &Option<f64>)| {
            (name.clone(), Spread { mean: value.unwrap(), deviation: Some(0.0123), folds: 2 })
        };
        CrossValidation {
            name: "photos".into(),
            architecture: "efficientnet_lite0".into(),
            pictures: 80,
            correct: 72,
            accuracy: 0.9,
            accuracy_interval: crate::wilson(72, 80),
            classes: counted(&["cat".into(), "dog".into()], &[vec![36, 4], vec![4, 36]], &[40, 40]),
            notes: Vec::new(),
            confusion: vec![vec![36, 4], vec![4, 36]],
            folds: vec![fold(1), fold(2)],
            spread: figures.iter().map(spread).collect(),
            seconds: 12.3,
        }
    }

    #[test]
    fn the_columns_line_up_and_fit_a_terminal() {
        let text = cross_validation(&sample(), Style::default());
        let table: Vec<&str> = text.lines().skip(2).take(6).collect();
        assert!(table.iter().all(|line| line.chars().count() <= 80), "{text}");
        let ends: Vec<usize> = table[1..].iter().map(|line| line.chars().count()).collect();
        assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
        // Which figure of the test part it is, too.
        let place = table[1].rfind("accuracy").unwrap();
        assert_eq!(&table[0][place..], "    test", "{text}");
        assert_eq!(table[1].matches("accuracy").count(), 2, "{text}");
        assert!(table[4].starts_with("mean") && table[5].contains("1.2 %"), "{text}");
    }

    #[test]
    fn classes_and_what_else_was_measured_have_lines_of_their_own() {
        let text = cross_validation(&sample(), Style::default());
        assert!(text.contains("val_auc_pr: mean 0.830, deviation 0.012"), "{text}");
        let cat = ["cat", "0.900", "0.900", "0.900", "40"];
        assert!(text.lines().any(|line| line.split_whitespace().eq(cat)), "{text}");
    }

    #[test]
    fn a_figure_that_no_fold_has_takes_no_column() {
        let mut all = sample();
        all.spread.retain(|name, _| name != "auc" && name != "test_accuracy");
        let text = cross_validation(&all, Style::default());
        assert!(!text.contains("AUC") && !text.lines().nth(2).unwrap().contains("test"), "{text}");
        all.folds[1].figures.insert("loss".into(), None);
        assert!(cross_validation(&all, Style::default()).contains('–'));
    }
}

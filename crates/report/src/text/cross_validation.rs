//! The folds of a cross-validation as a table, with their mean and deviation.

use super::table::{left, right};
use super::{Style, classes, untied, wrapped};
use crate::cross_validation::Column;
use crate::numbers::{count, duration, three_digits};
use crate::{CrossValidation, Spread};

/// Every fold with its figures, what they come to, and what to make of it.
pub fn cross_validation(all: &CrossValidation, style: Style) -> String {
    let style = style.checked();
    let folds = count(all.folds.len(), "fold", "folds");
    let mut text = style.dim(&format!("{} · {folds} · {}", all.architecture, duration(all.seconds)));
    text += "\n\n";
    let columns = all.columns();
    let mut line = |name: &str, pictures: &str, figure: &dyn Fn(&Column, &Spread) -> String| {
        let figure = |(column, spread): &(&Column, Spread)| {
            format!("  {}", right(&figure(column, spread), width(column)))
        };
        let figures = columns.iter().map(figure);
        let line = left(name, 9) + &right(pictures, 8) + &figures.collect::<String>();
        text += if name.is_empty() { style.dim(&line) } else { line }.trim_end();
        text += "\n";
    };
    if columns.iter().any(|(column, _)| title(column).0.is_some()) {
        line("", "", &|column, _| title(column).0.unwrap_or_default().into());
    }
    line("", "pictures", &|column, _| title(column).1.into());
    for fold in &all.folds {
        let figure =
            |column: &Column, _: &Spread| (column.written)(fold.figures.get(column.name).copied().flatten());
        line(&fold.number.to_string(), &fold.pictures.to_string(), &figure);
    }
    line("mean", "", &|column, spread| (column.written)(Some(spread.mean)));
    line("deviation", "", &|column, spread| (column.written)(spread.deviation));
    text += "\n";
    text += "All folds together:\n";
    text += &classes::alone(&all.classes, style);
    text += "\n";
    text += &others(all, style);
    let told = [Some(all.judged()), Some(CrossValidation::HOW.into()), all.chosen().map(String::from)];
    told.iter().flatten().for_each(|told| text += &wrapped("", told, style.columns));
    all.notes.iter().for_each(|note| text += &wrapped("Note: ", note, style.columns));
    untied(&text)
}

/// What has no column, a line each.
fn others(all: &CrossValidation, style: Style) -> String {
    let line = |(name, spread): (&String, &Spread)| {
        let deviation = three_digits(spread.deviation);
        wrapped("", &format!("{name}: mean {:.3}, deviation {deviation}", spread.mean), style.columns)
    };
    let lines: String = all.others().map(line).collect();
    match lines.is_empty() {
        true => lines,
        false => format!("{}{lines}\n", wrapped("", &all.before_others(), style.columns)),
    }
}

/// What stands above a column: the part of the pictures, if it says one, over the figure.
fn title(column: &Column) -> (Option<&'static str>, &'static str) {
    match column.title.split_once(' ') {
        Some((part, figure)) => (Some(part), figure),
        None => (None, column.title),
    }
}

/// As wide as the title and `0.1234` or `100.0 %`.
fn width(column: &Column) -> usize {
    title(column).1.len().max(if column.name.ends_with("accuracy") { 7 } else { 6 })
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
            epochs: 3,
            best_epoch: Some(2),
            threshold: Some(0.5),
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
        assert!(text.replace('\n', " ").contains("in the epochs that were kept:"), "{text}");
        let mut chosen = sample();
        chosen.folds[1].threshold = Some(0.25);
        let said = cross_validation(&chosen, Style::default()).replace('\n', " ");
        assert!(said.contains("kept, at a threshold of 0.5:"), "{said}");
        assert!(said.contains("Always guessing the largest class gives 50.0 %"), "{said}");
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

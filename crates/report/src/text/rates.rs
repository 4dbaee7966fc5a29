//! Loss against learning rate, drawn with letters.

use super::table::right;
use super::{Style, wrapped};
use crate::RateSearch;
use crate::numbers::{self, duration, loss};

/// Lines of the drawing.
const LINES: usize = 14;
/// Columns before it.
const MARGIN: usize = 9;
const WIDEST: usize = 72;

/// A search for a learning rate: the drawing, every try, and which rate to take and why.
pub fn rates(search: &RateSearch, style: Style) -> String {
    let style = style.checked();
    let mut text = drawing(search, style);
    let of = if search.monitor == "loss" { "training" } else { "validation" };
    text += &wrapped(
        "",
        &format!(
            "o {of} loss of a rate's try   * of the one to take   · smoothed training loss of the range test"
        ),
        style.columns,
    );
    text += "\n";
    text += &style.dim(&format!("{:>9}  {:>9}", "rate", search.monitor));
    text += "\n";
    for trial in &search.trials {
        let taken = trial.learning_rate == search.learning_rate;
        let value = trial.loss.map_or_else(|| "diverged".to_owned(), |value| loss(Some(value)));
        let line = format!("{:>9}  {}", written(trial.learning_rate), right(&value, 9));
        text += &if taken { format!("{}  taken", style.bold(&line)) } else { line };
        text += "\n";
    }
    text += "\n";
    let test = &search.range_test;
    for (name, rate) in [("steepest", test.steepest), ("valley", test.valley), ("diverges", test.diverges)] {
        if let Some(rate) = rate {
            text += &format!("range test, {name:<9} {}\n", written(rate));
        }
    }
    text += &wrapped("", &format!("{}: {}.", written(search.learning_rate), search.why), style.columns);
    text += &format!("{} for {} tries and the range test\n", duration(search.seconds), search.trials.len());
    super::untied(&text)
}

/// A rate with at most two digits: `0.00321` as `3.2e-3`.
pub(crate) fn written(rate: f64) -> String {
    numbers::rate(format!("{rate:.1e}").parse().unwrap_or(rate))
}

fn drawing(search: &RateSearch, style: Style) -> String {
    let width = (style.columns.min(WIDEST) - MARGIN).max(20);
    let ([low, high], [first, last]) = (search.shown_losses(), search.shown_powers());
    let mut cells = vec![vec![' '; width]; LINES];
    let mut set = |rate: f64, value: f64, mark: char| {
        let column = (rate.log10() - first) / (last - first) * (width - 1) as f64;
        let line = (high - value.min(high)) / (high - low).max(1e-12) * (LINES - 1) as f64;
        let (column, line) = (column.round() as usize, line.round() as usize);
        if let Some(cell) = cells.get_mut(line).and_then(|line| line.get_mut(column)) {
            *cell = mark;
        }
    };
    search.range_test.points.iter().for_each(|point| set(point.learning_rate, point.smoothed, '·'));
    for trial in &search.trials {
        set(trial.learning_rate, trial.loss.unwrap_or(f64::INFINITY), 'o');
    }
    let taken = search.trials.iter().find(|trial| trial.learning_rate == search.learning_rate);
    if let Some(loss) = taken.and_then(|trial| trial.loss) {
        set(search.learning_rate, loss, '*');
    }
    let mut text = String::new();
    for (index, line) in cells.iter().enumerate() {
        let label = match index {
            0 => loss(Some(high)),
            _ if index == LINES - 1 => loss(Some(low)),
            _ if index == LINES / 2 => loss(Some(high - (high - low) * index as f64 / (LINES - 1) as f64)),
            _ => String::new(),
        };
        let line: String = line.iter().collect();
        text += &format!("{} │{}\n", right(&label, MARGIN - 2), line.trim_end());
    }
    text + &axis(width, first, last)
}

/// A mark and a number at each power of ten.
fn axis(width: usize, first: f64, last: f64) -> String {
    let (mut line, mut labels) = (vec!['─'; width], vec![' '; width + 5]);
    let mut free = 0;
    for power in first as i32..=last as i32 {
        let column = ((f64::from(power) - first) / (last - first) * (width - 1) as f64).round() as usize;
        line[column.min(width - 1)] = '┬';
        let label = format!("1e{power}");
        let start = column.saturating_sub(label.len() / 2);
        if start >= free {
            label.chars().enumerate().for_each(|(index, letter)| labels[start + index] = letter);
            free = start + label.len() + 1;
        }
    }
    let (line, labels): (String, String) = (line.iter().collect(), labels.iter().collect());
    let margin = " ".repeat(MARGIN);
    format!("{}└{line}\n{margin}{}\n", " ".repeat(MARGIN - 1), labels.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::rate_search;
    use crate::{RangeTest, RateTrial};

    #[test]
    fn a_search_in_seventy_columns() {
        insta::assert_snapshot!(rates(&rate_search(), Style { columns: 70, ..Style::default() }));
    }

    #[test]
    fn a_search_without_anything_is_drawn() {
        let nothing = RateSearch { trials: Vec::new(), range_test: RangeTest::default(), ..rate_search() };
        assert!(rates(&nothing, Style { columns: 1, ..Style::default() }).lines().count() > LINES);
        let broken = RateSearch { trials: vec![RateTrial { learning_rate: 1.0, loss: None }], ..nothing };
        assert!(rates(&broken, Style::default()).contains("diverged"));
    }

    #[test]
    fn a_rate_has_two_digits_at_most() {
        assert_eq!([1e-3, 3.2e-3, 0.1, 1.0, 12.0].map(written), ["1e-3", "3.2e-3", "0.1", "1", "12"]);
    }
}

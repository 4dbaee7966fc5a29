//! The worst mistakes, one a line.

use std::path::{Path, PathBuf};

use super::Style;
use super::table::{left, right, widest};
use crate::numbers::{count, whole_percent};
use crate::shorten::{columns, shorten, shorten_start};
use crate::{Evaluation, Mistake};

const MISTAKES: usize = 8;

pub(super) fn table(evaluation: &Evaluation, style: Style) -> String {
    let shown = &evaluation.mistakes[..evaluation.mistakes.len().min(MISTAKES)];
    let wrong = evaluation.pictures - evaluation.correct - evaluation.undefined_predictions;
    let title = match shown.len() {
        all if all == wrong => format!("{}, the surest first", count(wrong, "mistake", "mistakes")),
        some => format!("The surest {some} of {}", count(wrong, "mistake", "mistakes")),
    };
    // Sure and the gaps take 12 columns; two names and the path share the rest.
    let room = style.columns.saturating_sub(12);
    let column = |title: &str, room: usize, cell: &dyn Fn(&Mistake, usize) -> String| -> Vec<String> {
        let cells: Vec<_> =
            std::iter::once(title.to_owned()).chain(shown.iter().map(|m| cell(m, room))).collect();
        let width = widest(cells.iter().map(String::as_str));
        cells.iter().map(|cell| left(cell, width)).collect()
    };
    let truths = column("is", room * 3 / 10, &|m, room| shorten(&m.true_class, room));
    let said = column("taken for", room * 3 / 10, &|m, room| shorten(&m.predicted_class, room));
    let taken = columns(&truths[0]) + columns(&said[0]);
    let paths =
        column("picture", room.saturating_sub(taken).max(8), &|m, room| shorten_start(&file(&m.path), room));
    let mut text = style.dim(&title) + "\n\n";
    text += &style.dim(&format!("{}  {}  {}   sure", paths[0], truths[0], said[0]));
    text += "\n";
    for (row, mistake) in shown.iter().enumerate().map(|(index, mistake)| (index + 1, mistake)) {
        let (path, truth, said) = (&paths[row], &truths[row], style.red(&said[row]));
        text += &format!("{path}  {truth}  {said} {}\n", right(&whole_percent(mistake.confidence), 6));
    }
    text
}

/// The file and the folder that it is in: where pictures lie in class folders, that is all one needs.
fn file(path: &Path) -> String {
    let mut last: Vec<_> = path.components().rev().take(2).collect();
    last.reverse();
    last.iter().collect::<PathBuf>().display().to_string()
}

//! The folds of a cross-validation: drawings, a table that leads to each fold's page, and their mean and deviation.

use std::path::Path;

use maud::{Markup, html};

use super::fold_drawing::FoldDrawing;
use crate::cross_validation::Column;
use crate::numbers::{NONE, count, grouped, three_digits, threshold};
use crate::{CrossValidation, FoldFigures, Spread};

/// Of more folds than this the others are folded away.
const UNFOLDED: usize = 24;
/// What is drawn beside the accuracy: the first of these that there is.
const ALSO_DRAWN: [&str; 2] = ["auc", "macro_f1"];
/// A fold's page in its folder.
const PAGE: &str = "report.html";

pub(super) fn section(all: &CrossValidation) -> Markup {
    let columns = all.columns();
    let find = |name: &str| columns.iter().find(|(column, _)| column.name == name);
    let drawn = [find("accuracy"), ALSO_DRAWN.into_iter().find_map(find)];
    let table =
        Table { columns: &columns, has_thresholds: all.folds.iter().any(FoldFigures::has_own_threshold) };
    let is_long = all.folds.len() > UNFOLDED + 4;
    let (shown, folded) = all.folds.split_at(if is_long { UNFOLDED } else { all.folds.len() });
    let lead = html! {
        "Each fold was held out by a training that learned from the others; its number leads to the report of that. "
        "The line through a dot is the 95 % interval of the fold's accuracy."
    };
    let content = html! {
        p.legend {
            span { span.swatch.fold {} "a fold" }
            span { span.swatch.mean {} "mean of the folds, and a deviation to either side" }
        }
        div.drawings {
            @for (column, spread) in drawn.into_iter().flatten() { (FoldDrawing::of(all, column, *spread).draw()) }
        }
        (table.draw(shown, true))
        @if !folded.is_empty() {
            details {
                summary { "The other " (count(folded.len(), "fold", "folds")) }
                (table.draw(folded, false))
            }
        }
        p.aside {
            (CrossValidation::HOW) @if let Some(chosen) = all.chosen() { " " (chosen) }
            " What follows below is of all folds together, each picture as the model judged it that had not learned from it."
        }
        (others(all))
    };
    super::section("folds", "Folds", lead, content)
}

/// Where the file called `name` of the run in `folder` lies, seen from beside that folder.
pub(super) fn page_of(folder: &Path, name: &str) -> Option<String> {
    let folder = folder.file_name()?.to_str()?;
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        // A colon would make a scheme of what stands before it.
        _ => format!("%{byte:02X}"),
    };
    Some(format!("{}/{name}", folder.bytes().map(letter).collect::<String>()))
}

/// A table of some of the folds.
struct Table<'a> {
    columns: &'a [(&'static Column, Spread)],
    has_thresholds: bool,
}

impl Table<'_> {
    fn draw(&self, folds: &[FoldFigures], means: bool) -> Markup {
        html! {
            div.scroll { table.folds {
                thead { tr {
                    th scope="col" { "fold" }
                    th scope="col" { "pictures" }
                    @for (column, _) in self.columns { th scope="col" title=(column.label) { (column.title) } }
                    @if self.has_thresholds { th scope="col" { "threshold" } }
                    th scope="col" { "best epoch" }
                } }
                tbody { @for fold in folds { (self.row(fold)) } }
                @if means {
                    tfoot {
                        (self.over_folds("mean", &|spread| Some(spread.mean)))
                        (self.over_folds("deviation", &|spread| spread.deviation))
                    }
                }
            } }
        }
    }

    fn row(&self, fold: &FoldFigures) -> Markup {
        let best = match (fold.best_epoch, fold.epochs) {
            (None, _) => NONE.to_owned(),
            (Some(best), epochs) => format!("{} of {}", grouped(best as u64), grouped(epochs as u64)),
        };
        html! {
            tr {
                th scope="row" {
                    @if let Some(page) = page_of(Path::new(&fold.folder), PAGE) {
                        a href=(page) { "fold " (fold.number) }
                    } @else {
                        "fold " (fold.number)
                    }
                }
                td { (grouped(fold.pictures as u64)) }
                @for (column, _) in self.columns {
                    td { ((column.written)(fold.figures.get(column.name).copied().flatten())) }
                }
                @if self.has_thresholds { td { (fold.threshold.map_or_else(|| NONE.to_owned(), threshold)) } }
                td { (best) }
            }
        }
    }

    fn over_folds(&self, name: &str, figure: &dyn Fn(&Spread) -> Option<f64>) -> Markup {
        html! {
            tr {
                th scope="row" { (name) }
                td {}
                @for (column, spread) in self.columns { td { ((column.written)(figure(spread))) } }
                @if self.has_thresholds { td {} }
                td {}
            }
        }
    }
}

/// What training measured beyond the columns.
fn others(all: &CrossValidation) -> Markup {
    let others: Vec<_> = all.others().collect();
    html! {
        @if !others.is_empty() {
            p.aside { (all.before_others()) }
            div.scroll { table {
                thead { tr { th scope="col" { "figure" } th scope="col" { "mean" } th scope="col" { "deviation" } } }
                tbody { @for (name, spread) in others {
                    tr {
                        th.name scope="row" { (name) }
                        td { (three_digits(Some(spread.mean))) }
                        td { (three_digits(spread.deviation)) }
                    }
                } }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_relative_address_whatever_it_is_called() {
        let page = |folder: &str| page_of(Path::new(folder), PAGE);
        assert_eq!(page("/runs/photos-1/fold-2").unwrap(), "fold-2/report.html");
        assert_eq!(page("runs/javascript:a\"b#ü").unwrap(), "javascript%3Aa%22b%23%C3%BC/report.html");
        assert_eq!([page("/"), page(".."), page("")], [None, None, None]);
    }
}

//! A cross-validation as one self-contained page: its folds, and what they say together of every picture.

use std::path::{Path, PathBuf};

use maud::{Markup, html};

use super::{facts, findings, folds, headline};
use crate::numbers::{TIE, count, duration, percent, threshold};
use crate::sources::Sources;
use crate::{CrossValidation, Evaluation, ModelFacts, Outcome, Result};

/// Where the figures of all folds are.
const FIGURES: &str = "cross_validation.json";
/// What stands beside the accuracy, as far as there is.
const BESIDE: [&str; 4] = ["loss", "macro_f1", "auc", "test_accuracy"];

/// The page for `all`, which is of `runs`, each with its folder. It leads to the page in each of these, and is to lie
/// beside them.
pub fn cross_validation_page(all: &CrossValidation, runs: &[(PathBuf, Outcome)]) -> String {
    let outcomes = || runs.iter().map(|(_, outcome)| outcome);
    let parts: Vec<&Evaluation> = outcomes().filter_map(|outcome| outcome.validation.as_ref()).collect();
    let together = Evaluation::together(&parts);
    let title = if all.name.is_empty() { "A cross-validation" } else { &all.name };
    let content = html! {
        (header(all, runs, together.as_ref(), title))
        (findings::of_folds(runs))
        (folds::section(all))
        @if let Some(together) = &together { (super::judged(together, &Sources::of(outcomes()), FIGURES)) }
        (how(runs))
    };
    let footer = html! { @if let Some((_, last)) = runs.last() { (facts::footer(last, FIGURES)) } };
    super::document(title, "", content, footer)
}

/// Writes [`cross_validation_page`] to `path`.
///
/// # Errors
/// The folder is missing or read-only, or the disk is full.
pub fn write_cross_validation(all: &CrossValidation, runs: &[(PathBuf, Outcome)], path: &Path) -> Result<()> {
    Ok(files::write(path, cross_validation_page(all, runs))?)
}

fn header(
    all: &CrossValidation,
    runs: &[(PathBuf, Outcome)],
    together: Option<&Evaluation>,
    title: &str,
) -> Markup {
    let mut told = runs.last().map_or_else(Vec::new, |(_, last)| headline::facts(last));
    told.insert(told.len().min(1), count(all.folds.len(), "fold", "folds"));
    html! {
        header {
            p.kind { "Linnaeus · cross-validation" }
            h1.name { (title) }
            p.facts { (told.join(" · ")) }
            div.headline {
                (accuracy(all, together))
                dl.figures.wide { (figures(all, runs)) }
            }
            (headline::notes(&all.notes))
            @for note in together.iter().flat_map(|together| &together.notes) { p.note { "Over all folds: " (note) } }
            (headline::notes(&shared_notes(runs)))
        }
    }
}

fn accuracy(all: &CrossValidation, together: Option<&Evaluation>) -> Markup {
    let Some(spread) = all.spread.get("accuracy") else { return html! {} };
    let deviation = spread.deviation.unwrap_or(0.0);
    let band = [-deviation, deviation].map(|away| (spread.mean + away).clamp(0.0, 1.0));
    let unit = [TIE, '%'];
    let whole = percent(spread.mean);
    html! {
        div.accuracy {
            p.label { "accuracy, mean of " (count(spread.folds, "fold", "folds")) }
            p.number {
                (whole.trim_end_matches(unit))
                span.unit {
                    @if spread.deviation.is_some() { " ±" (TIE) (percent(deviation).trim_end_matches(unit)) }
                    (TIE) "%"
                }
            }
            @if let Some(together) = together {
                (headline::scale(spread.mean, band, together.baseline_accuracy))
            }
            p.detail { (all.judged()) }
        }
    }
}

fn figures(all: &CrossValidation, runs: &[(PathBuf, Outcome)]) -> Markup {
    let columns = all.columns();
    let beside = BESIDE.iter().filter_map(|name| columns.iter().find(|(column, _)| column.name == *name));
    let seed = only(runs.iter().map(|(_, outcome)| outcome.seed)).flatten();
    let one_threshold = only(all.folds.iter().map(|fold| fold.threshold)).flatten();
    html! {
        @for (column, spread) in beside { (headline::figure(column.label, &column.with_deviation(spread))) }
        @if let Some(value) = one_threshold.filter(|value| *value != 0.5) {
            (headline::figure("threshold", &threshold(value)))
        }
        @if let Some(seed) = seed { (headline::figure("seed", &seed.to_string())) }
        @if all.seconds > 0.0 { (headline::figure("time in all", &duration(all.seconds))) }
    }
}

/// What all of them are, if they are the same.
fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// What each fold says of the set; what one says of itself stands on its own page.
fn shared_notes(runs: &[(PathBuf, Outcome)]) -> Vec<String> {
    let Some(((_, first), others)) = runs.split_first() else { return Vec::new() };
    let is_shared = |note: &&String| others.iter().all(|(_, other)| other.notes.contains(note));
    first.notes.iter().filter(is_shared).cloned().collect()
}

/// How the folds' models came about.
fn how(runs: &[(PathBuf, Outcome)]) -> Markup {
    let (Some((_, first)), Some((folder, last))) = (runs.first(), runs.last()) else { return html! {} };
    let of_last = folds::page_of(folder, "result.json").unwrap_or_else(|| "result.json".into());
    // Each fold has a file of its own.
    let model = ModelFacts { file: None, size_bytes: None, ..last.model.clone() };
    html! {
        (facts::skipped(last, &of_last))
        (facts::model(&model))
        (facts::recipe(
            first,
            "The options of the first fold, defaults included; the others have the same, but for the fold that they hold out.",
        ))
    }
}

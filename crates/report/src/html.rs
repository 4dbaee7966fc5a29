//! An outcome as one self-contained page.
//!
//! The page asks for nothing from outside and runs no script; its content security policy forbids both. Everything
//! that comes from a run (names, paths, reasons, options) passes through `maud`, which escapes it.

mod calibration;
mod classes;
mod confusion;
mod cross_validation;
mod curves;
mod facts;
mod findings;
mod fold_drawing;
mod folds;
mod headline;
mod learning;
mod pictures;
mod plot;
mod rates;
mod stage_labels;
mod value_axis;

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::sources::Sources;
use crate::thumbnail::Thumbnails;
use crate::{Evaluation, Outcome, Result};
pub use cross_validation::{cross_validation_page, write_cross_validation};
pub use rates::{rates_page, write_rates};

const STYLE: &str = include_str!("html/page.css");
/// Where the figures of a run are.
const FIGURES: &str = "result.json";
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page for `outcome`, with small copies of the pictures that it names, as far as their files are still there.
pub fn page(outcome: &Outcome) -> String {
    let title = if outcome.name.is_empty() { "A run" } else { &outcome.name };
    let content = html! {
        (headline::header(outcome, title))
        (findings::section(&outcome.findings))
        (learning::section(outcome))
        @if let Some((_, evaluation)) = outcome.judged() { (judged(evaluation, &Sources::of([outcome]), FIGURES)) }
        (facts::sections(outcome))
    };
    document(title, "", content, facts::footer(outcome, FIGURES))
}

/// What was right and what was wrong, with small copies of pictures from `sources`; the figures are in the file called
/// `figures`.
fn judged(evaluation: &Evaluation, sources: &Sources<'_>, figures: &str) -> Markup {
    let shown = pictures::Shown::of(evaluation);
    let thumbnails = Thumbnails::of(&shown.paths());
    html! {
        (confusion::section(evaluation, figures))
        (classes::section(evaluation))
        (pictures::mistakes(sources, evaluation, &shown, &thumbnails))
        (pictures::examples(sources, evaluation, &shown, &thumbnails))
        (calibration::section(evaluation))
    }
}

/// A page of its own with `content`, in the manner of all of this program's pages; `style` adds to theirs.
pub fn document(title: &str, style: &str, content: Markup, footer: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Linnaeus" }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body {
                main { (content) }
                (footer)
            }
        }
    };
    page.into_string()
}

/// Writes [`page`] to `path`.
///
/// # Errors
/// The folder is missing or read-only, or the disk is full.
pub fn write(outcome: &Outcome, path: &Path) -> Result<()> {
    Ok(files::write(path, page(outcome))?)
}

/// A part of the page: on a wide screen the title and a line of explanation stand to the left of its content.
pub fn section(id: &str, title: &str, lead: Markup, content: Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            div.margin {
                h2 id=(id) { (title) }
                p { (lead) }
            }
            div.content { (content) }
        }
    }
}

#[cfg(test)]
mod tests;

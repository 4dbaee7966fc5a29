//! An outcome as one self-contained page.
//!
//! The page asks for nothing from outside and runs no script; its content security policy forbids both. Everything
//! that comes from a run (names, paths, reasons, options) passes through `maud`, which escapes it.

mod calibration;
mod classes;
mod confusion;
mod curves;
mod facts;
mod findings;
mod headline;
mod learning;
mod pictures;
mod plot;
mod rates;
mod stage_labels;

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::thumbnail::Thumbnails;
use crate::{Outcome, Result};
pub use rates::{rates_page, write_rates};

const STYLE: &str = include_str!("html/page.css");
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page for `outcome`, with small copies of the pictures that it names, as far as their files are still there.
pub fn page(outcome: &Outcome) -> String {
    let shown = outcome.judged().map(|(_, evaluation)| pictures::Shown::of(evaluation));
    let thumbnails = Thumbnails::of(&shown.as_ref().map_or_else(Vec::new, pictures::Shown::paths));
    let title = if outcome.name.is_empty() { "A run" } else { &outcome.name };
    let content = html! {
        (headline::header(outcome, title))
        (findings::section(&outcome.findings))
        (learning::section(outcome))
        @if let (Some((_, evaluation)), Some(shown)) = (outcome.judged(), &shown) {
            (confusion::section(evaluation))
            (classes::section(evaluation))
            (pictures::mistakes(outcome, evaluation, shown, &thumbnails))
            (pictures::examples(outcome, evaluation, shown, &thumbnails))
            (calibration::section(evaluation))
        }
        (facts::sections(outcome))
    };
    document(title, "", content, facts::footer(outcome))
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

//! What went wrong in a training, and what to change.

use std::path::PathBuf;

use maud::{Markup, html};

use crate::evaluation::listed;
use crate::shorten::visible;
use crate::{Finding, Outcome};

pub(super) fn section(findings: &[Finding]) -> Markup {
    let findings: Vec<_> = findings.iter().map(|finding| (finding, String::new())).collect();
    drawn(&findings)
}

/// Each kind once, as the first fold that has it says it, with the numbers of all that have.
pub(super) fn of_folds(runs: &[(PathBuf, Outcome)]) -> Markup {
    let mut kinds: Vec<(&Finding, Vec<String>)> = Vec::new();
    for (number, (_, outcome)) in (1_usize..).zip(runs) {
        for finding in &outcome.findings {
            match kinds.iter_mut().find(|(first, _)| first.kind == finding.kind) {
                Some((_, folds)) => folds.push(number.to_string()),
                None => kinds.push((finding, vec![number.to_string()])),
            }
        }
    }
    let place = |(finding, folds): (_, Vec<String>)| {
        let folds: Vec<&str> = folds.iter().map(String::as_str).collect();
        let place = match folds.as_slice() {
            [first, others @ ..] if !others.is_empty() => {
                let word = if others.len() == 1 { "fold" } else { "folds" };
                format!("So in fold {first}; much the same in {word} {}.", listed(others))
            }
            folds => format!("In fold {}.", folds.concat()),
        };
        (finding, place)
    };
    drawn(&kinds.into_iter().map(place).collect::<Vec<_>>())
}

/// Findings, each with where it is from.
fn drawn(findings: &[(&Finding, String)]) -> Markup {
    if findings.is_empty() {
        return html! {};
    }
    let content = html! {
        @for (finding, place) in findings {
            div.finding {
                h3 { (sentence(&finding.message)) }
                p { "To change: " (sentence_after(&finding.advice)) @if !place.is_empty() { " " (place) } }
            }
        }
    };
    super::section("findings", "What the training shows", html! { "From its figures alone." }, content)
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = visible(text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect()) + "."
}

fn sentence_after(text: &str) -> String {
    visible(text) + "."
}

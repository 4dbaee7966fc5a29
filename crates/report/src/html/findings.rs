//! What went wrong in a training, and what to change.

use maud::{Markup, html};

use crate::Finding;
use crate::shorten::visible;

pub(super) fn section(findings: &[Finding]) -> Markup {
    if findings.is_empty() {
        return html! {};
    }
    let content = html! {
        @for finding in findings {
            div.finding {
                h3 { (sentence(&finding.message)) }
                p { "To change: " (sentence_after(&finding.advice)) }
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

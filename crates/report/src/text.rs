//! What a terminal shows of an evaluation or a run.
//!
//! Lines keep within [`Style::columns`] (but for a single word that is longer), names that are too long are cut, and
//! nothing that comes from a run can move the cursor. Without [`Colour::Always`] there are no escape codes.

mod classes;
mod confusion;
mod cross_validation;
mod mistakes;
mod rates;
mod table;
mod transfer;

use crate::numbers::{TIE, count, duration, grouped, loss, percent, percent_range, size};
use crate::shorten::{columns, shorten_start, visible};
use crate::{Evaluation, Finding, Outcome, Seconds};
pub use cross_validation::cross_validation;
pub use rates::rates;
pub(crate) use rates::written;
pub use transfer::transfer;

/// How text is to be laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The terminal's width. Below 40, the text is laid out for 40.
    pub columns: usize,
    /// Whether to use colours.
    pub colour: Colour,
}

/// Whether text has escape codes for colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// Bold and dimmed text, green and red figures.
    Always,
}

impl Default for Style {
    fn default() -> Self {
        Self { columns: 80, colour: Colour::Never }
    }
}

impl Style {
    /// With room for a line.
    pub fn checked(self) -> Self {
        Self { columns: self.columns.max(40), ..self }
    }

    fn painted(&self, code: &str, text: &str) -> String {
        match self.colour {
            Colour::Always => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Colour::Never => text.to_owned(),
        }
    }

    /// `text` in bold.
    pub fn bold(&self, text: &str) -> String {
        self.painted("1", text)
    }

    /// `text`, dimmed.
    pub fn dim(&self, text: &str) -> String {
        self.painted("2", text)
    }

    /// `text` in green.
    pub fn green(&self, text: &str) -> String {
        self.painted("32", text)
    }

    /// `text` in red.
    pub fn red(&self, text: &str) -> String {
        self.painted("31", text)
    }
}

/// The figures of `evaluation`: a headline, the classes, the confusion matrix when it has at most 12 of them, and the
/// worst mistakes. Ends with a line end.
pub fn evaluation(evaluation: &Evaluation, style: Style) -> String {
    let style = style.checked();
    let mut text = headline(evaluation, style);
    text += "\n";
    text += &classes::table(evaluation, style);
    if let Some(point) = evaluation.two_classes.as_ref().and_then(|two| two.at_half.as_ref()) {
        text += "\n";
        text += &classes::at_half(point, style);
    }
    if (2..=confusion::MOST_CLASSES).contains(&evaluation.classes.len()) {
        text += "\n";
        text += &confusion::table(evaluation, style);
    }
    if !evaluation.mistakes.is_empty() {
        text += "\n";
        text += &mistakes::table(evaluation, style);
    }
    if !evaluation.notes.is_empty() {
        text += "\n";
        evaluation.notes.iter().for_each(|note| text += &wrapped("Note: ", note, style.columns));
    }
    untied(&text)
}

/// A run in short (model, pictures, best epoch, time), then [`evaluation`] of its test part, or of its validation
/// part if it has no other.
pub fn outcome(outcome: &Outcome, style: Style) -> String {
    let style = style.checked();
    let mut text = String::new();
    for (name, fact) in facts(outcome) {
        text += &wrapped(&format!("{name:<9} "), &fact, style.columns);
    }
    if let Some((part, judged)) = outcome.judged() {
        if !text.is_empty() {
            text += "\n";
        }
        text += &style.bold(&format!("On the {part} part:"));
        text += "\n";
        text += &evaluation(judged, style);
    }
    for note in &outcome.notes {
        text += &wrapped("Note: ", note, style.columns);
    }
    text += &findings(&outcome.findings, style);
    untied(&text)
}

/// What went wrong in a training, and what to change; nothing of a healthy one.
pub fn findings(findings: &[Finding], style: Style) -> String {
    let style = style.checked();
    let (mut text, heading) = (String::new(), "What the training shows:");
    for Finding { message, advice, .. } in findings {
        text += &wrapped("- ", &format!("{message}. To change: {advice}."), style.columns);
    }
    if text.is_empty() { text } else { format!("\n{}\n{text}", style.bold(heading)) }
}

/// With plain spaces: once the lines are broken, whoever searches the text should find them.
pub fn untied(text: &str) -> String {
    text.replace(TIE, " ")
}

fn headline(evaluation: &Evaluation, style: Style) -> String {
    let mut text = format!(
        "{} of {} right, loss {}",
        grouped(evaluation.correct as u64),
        count(evaluation.pictures, "picture", "pictures"),
        loss(evaluation.loss)
    );
    if let Some(two) = &evaluation.two_classes {
        let area = crate::numbers::three_digits(two.roc_auc);
        text += &format!(", area under ROC {area}, threshold {}", crate::numbers::threshold(two.threshold));
    }
    let interval = format!(
        "(95{TIE}% interval {}; always the largest class: {})",
        percent_range(evaluation.accuracy_interval),
        percent(evaluation.baseline_accuracy)
    );
    let accuracy = format!("Accuracy {}", percent(evaluation.accuracy));
    let first = wrapped("", &format!("{accuracy} {interval}"), style.columns);
    first.replacen(&accuracy, &style.bold(&accuracy), 1) + &wrapped("", &text, style.columns)
}

fn facts(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let model = &outcome.model;
    let mut facts = Vec::new();
    if !model.architecture.is_empty() {
        let file = model.size_bytes.map_or_else(String::new, |bytes| format!(", {}", size(bytes)));
        let (all, trained) = (grouped(model.parameters), grouped(model.trained_parameters));
        facts.push(("Model", format!("{}, {all} parameters ({trained} trained){file}", model.architecture)));
    }
    let images = &outcome.images;
    if !images.parts.is_empty() {
        let parts: Vec<_> =
            images.parts.iter().map(|p| format!("{} {}", grouped(p.pictures as u64), p.name)).collect();
        facts.push(("Pictures", parts.join(", ")));
    }
    if images.skipped.count > 0 {
        let first = images.skipped.list.first();
        let first = first.map_or_else(String::new, |picture| {
            format!(", first {}: {}", shorten_start(&outcome.shown(&picture.path), 40), picture.reason)
        });
        facts.push(("Skipped", count(images.skipped.count, "picture", "pictures") + &first));
    }
    if let Some(best) = &outcome.best {
        let epochs: usize = outcome.stages.iter().map(|stage| stage.epochs.len()).sum();
        let value = best.value.map_or_else(String::new, |value| format!(" {value:.4}"));
        let stage = best.stage.as_ref().filter(|_| outcome.stages.len() > 1);
        let stage = stage.map_or_else(String::new, |stage| format!(" ({stage})"));
        facts.push(("Best", format!("epoch {} of {epochs}{stage}, {}{value}", best.epoch, best.monitor)));
    }
    if let Some((won, others)) = outcome.starts_told() {
        facts.push(("Starts", format!("{won}; {others}")));
    }
    if outcome.seconds.total > 0.0 {
        facts.push(("Time", time(&outcome.seconds)));
    }
    facts
}

/// The total, and the parts that are worth a word, the longest first.
fn time(seconds: &Seconds) -> String {
    let mut parts: Vec<_> = seconds.parts.iter().filter(|(_, part)| **part >= 0.01 * seconds.total).collect();
    parts.sort_by(|a, b| b.1.total_cmp(a.1));
    let parts: Vec<_> =
        parts.iter().map(|(name, s)| format!("{} {}", name.replace('_', " "), duration(**s))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    duration(seconds.total) + &parts
}

/// `text` after `head`, broken at spaces; further lines begin under the text. A single word that is too long stays
/// whole: a path that is cut is of no use.
pub fn wrapped(head: &str, text: &str, room: usize) -> String {
    let text = visible(text);
    let indent = " ".repeat(columns(head));
    let (mut lines, mut line, mut empty) = (String::new(), head.to_owned(), true);
    for word in text.split(' ') {
        if !empty && columns(&line) + 1 + columns(word) > room {
            lines += &line;
            lines += "\n";
            line = indent.clone();
            empty = true;
        }
        if !empty {
            line += " ";
        }
        line += word;
        empty = false;
    }
    lines + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests;

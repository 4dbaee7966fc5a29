//! An examination as a terminal shows it: the most serious first, the first pictures of each kind, and what to do.

use report::numbers::{count, duration};
use report::text::{Style, untied, wrapped};
use report::visible;

use crate::finding::{Finding, Severity};
use crate::kind::Kind;
use crate::{Examination, Quarantine};

/// Findings of a kind that are shown.
const FINDINGS: usize = 5;
/// Pictures of a finding that are shown.
const PICTURES: usize = 4;

/// What was found, and what was moved; ends with a line end.
pub fn text(examination: &Examination, moved: Option<&Quarantine>, style: Style) -> String {
    let style = style.checked();
    let mut text = wrapped("", &headline(examination), style.columns);
    text += &wrapped("", &examination.verdict(), style.columns);
    for (kind, severity, findings) in examination.by_kind() {
        text += "\n";
        text += &of_kind(examination, (kind, severity), findings, style);
    }
    if !examination.notes.is_empty() {
        text += "\n";
        examination.notes.iter().for_each(|note| text += &wrapped("Note: ", note, style.columns));
    }
    if let Some(moved) = moved {
        text += "\n";
        text += &quarantined(examination, moved, style);
    }
    untied(&text)
}

impl Examination {
    /// `2 faults and 3 pieces of advice`.
    pub(crate) fn verdict(&self) -> String {
        let faults = count(self.count(Severity::Fault), "fault", "faults");
        let advice = count(self.count(Severity::Advice), "piece of advice", "pieces of advice");
        match (self.count(Severity::Fault), self.count(Severity::Advice)) {
            (0, 0) => "Nothing is wrong with it.".to_owned(),
            (0, _) => format!("No fault, and {advice}."),
            (_, 0) => format!("{faults}."),
            _ => format!("{faults} and {advice}."),
        }
    }
}

fn headline(examination: &Examination) -> String {
    let parts: Vec<&str> = examination.parts.iter().map(|part| part.name()).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" in {}", parts.join(", ")) };
    format!(
        "{}: {} of {}{parts}, looked at in {}",
        examination.data.display(),
        count(examination.pictures(), "picture", "pictures"),
        count(examination.classes.len(), "class", "classes"),
        duration(examination.seconds)
    )
}

fn of_kind(
    examination: &Examination,
    (kind, severity): (Kind, Severity),
    findings: &[Finding],
    style: Style,
) -> String {
    let (head, title) = (format!("{:<7} ", severity.name()), kind.title(findings.len()));
    let mut text = wrapped(&head, &title, style.columns);
    let painted = match severity {
        Severity::Fault => style.red(severity.name()),
        Severity::Advice => style.green(severity.name()),
    };
    text = text.replacen(severity.name(), &painted, 1).replacen(&title, &style.bold(&title), 1);
    for finding in findings.iter().take(FINDINGS) {
        text += &of_finding(examination, finding, style);
    }
    if findings.len() > FINDINGS {
        text += &format!("  and {} more\n", findings.len() - FINDINGS);
    }
    let advice = wrapped("  > ", &format!("{}.", kind.advice(examination.storage)), style.columns);
    text + &style.dim(advice.trim_end()) + "\n"
}

fn of_finding(examination: &Examination, finding: &Finding, style: Style) -> String {
    let shown = |number: &usize| visible(&examination.shown(examination.subjects[*number].path()));
    match finding.pictures.as_slice() {
        [] => wrapped("  ", &finding.detail, style.columns),
        [one] if finding.detail.contains(&shown(one)) => wrapped("  ", &finding.detail, style.columns),
        [one] => wrapped("  ", &format!("{}: {}", shown(one), finding.detail), style.columns),
        several => {
            let mut text = wrapped("  ", &format!("{}:", finding.detail), style.columns);
            several.iter().take(PICTURES).for_each(|number| text += &format!("    {}\n", shown(number)));
            if several.len() > PICTURES {
                text += &format!("    and {} more\n", several.len() - PICTURES);
            }
            text
        }
    }
}

fn quarantined(examination: &Examination, moved: &Quarantine, style: Style) -> String {
    let mut text = match moved.moved.len() {
        0 => "Nothing was moved.\n".to_owned(),
        files => wrapped(
            "",
            &format!(
                "{} moved to {}; {} says from where and why.",
                count(files, "file was", "files were"),
                moved.folder.display(),
                moved.listing.display()
            ),
            style.columns,
        ),
    };
    for (path, why) in &moved.failed {
        text += &wrapped("Not moved: ", &format!("{}: {why}", path.display()), style.columns);
    }
    let left = moved.faults_left(examination);
    if left > 0 {
        text += &format!("{} left for you to judge.\n", count(left, "fault is", "faults are"));
    }
    text
}

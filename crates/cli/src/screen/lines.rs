//! What there is to say of a job, as lines of text.

use std::path::Path;

use report::{Found, LoadedWeights, SkippedLayer};
use train::Scores;

/// Files that cannot be used, the first by name.
pub(super) fn skipped_lines(skipped: &[images::Skipped]) -> Vec<String> {
    const SHOWN: usize = 5;
    let are = if skipped.len() == 1 { "file is" } else { "files are" };
    let mut lines = vec![format!("{} {are} left out:", skipped.len())];
    lines.extend(skipped.iter().take(SHOWN).map(|one| {
        let path = one.path.display().to_string();
        match one.reason.contains(&path) {
            true => format!("  {}", one.reason),
            false => format!("  {path}: {}", one.reason),
        }
    }));
    if skipped.len() > SHOWN {
        let more = skipped.len() - SHOWN;
        lines.push(format!("  and {more} more; all are in result.json and the report"));
    }
    lines
}

/// What an epoch's line says of a model that was saved.
pub(super) fn saved(path: &Path) -> String {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
    match workflow::model_file(path.parent().unwrap_or(path)) == path {
        true => "  best, saved".to_owned(),
        false => format!("  saved {name}"),
    }
}

/// What of a file of weights was loaded, and what was not, with the first names for each reason.
pub(crate) fn loaded_lines(loaded: &LoadedWeights) -> Vec<String> {
    const SHOWN: usize = 3;
    let LoadedWeights { file, found, loaded, skipped } = loaded;
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for SkippedLayer { name, why } in skipped {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let found = match found {
        Found::ByName => "",
        Found::ByOrder => " in the order of its layers, which have other names",
    };
    let mut lines =
        vec![format!("weights: {} loaded from {file}{found}, {} skipped", loaded.len(), skipped.len())];
    let reason = |(why, names): &(&str, Vec<&str>)| {
        let first = names[..names.len().min(SHOWN)].join(", ");
        let more = names.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("  {first}{more}: {why}")
    };
    lines.extend(reasons.iter().take(SHOWN).map(reason));
    if reasons.len() > SHOWN {
        lines.push(format!("  and for {} other reasons; --json has all", reasons.len() - SHOWN));
    }
    lines
}

/// `loss 0.1234  accuracy 0.9000`
pub(super) fn figures(scores: &Scores) -> String {
    scores.iter().map(|(name, value)| format!("{name} {value:.4}")).collect::<Vec<_>>().join("  ")
}

/// The figures of `line`, which two spaces part, on as many lines as a terminal of `columns` needs to break none of them;
/// those after the first are below its second figure.
pub(super) fn wrapped(line: &str, columns: usize) -> String {
    // The first, `epoch   1/10`, has spaces in it.
    let start = line.find('/').and_then(|at| line[at..].find("  ").map(|length| at + length)).unwrap_or(0);
    let (mut text, mut used) = (line[..start].to_owned(), start);
    for figure in line[start..].split("  ").filter(|figure| !figure.is_empty()) {
        if used + 2 + figure.len() > columns && used > start {
            text += &format!("\n{:start$}", "");
            used = start;
        }
        text += &format!("  {figure}");
        used += 2 + figure.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_not_broken_where_a_terminal_is_narrow() {
        let line = "epoch   1/10  loss 0.5000  accuracy 0.9000  val_loss 0.5000  1.2 s";
        assert_eq!(wrapped(line, 80), line);
        let two = "epoch   1/10  loss 0.5000  accuracy 0.9000\n              val_loss 0.5000  1.2 s";
        assert_eq!(wrapped(line, 50), two);
        // No room for anything: a figure a line.
        assert_eq!(wrapped(line, 5).lines().count(), 4);
    }

    #[test]
    fn skipped_layers_are_told_by_their_reason() {
        let skipped = |name: &str, why: &str| SkippedLayer { name: name.into(), why: why.into() };
        let counters = (0..5).map(|i| skipped(&format!("bn{i}.count"), "no parameter"));
        let loaded = LoadedWeights {
            file: "a.pth".into(),
            found: Found::ByOrder,
            loaded: vec!["stem/kernel".into()],
            skipped: counters.chain([skipped("head_dense", "expected 3, received 5")]).collect(),
        };
        let expected = [
            "weights: 1 loaded from a.pth in the order of its layers, which have other names, 6 skipped",
            "  bn0.count, bn1.count, bn2.count and 2 more: no parameter",
            "  head_dense: expected 3, received 5",
        ];
        assert_eq!(loaded_lines(&loaded), expected);
    }
}

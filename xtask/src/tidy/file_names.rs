//! A file or module is named after its one concept, never after being useful.

use super::source::has_word;
use super::{Finding, Tree};

const EMPTY_NAMES: [&str; 8] = ["base", "common", "helper", "helpers", "misc", "util", "utils", "utilities"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let stems = source.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
        for stem in stems.filter(|stem| EMPTY_NAMES.contains(stem)) {
            findings.push(source.finding(1, message(stem)));
        }
        for (number, line) in source.code_and_tests() {
            let module = EMPTY_NAMES.iter().find(|name| has_word(line, &format!("mod {name}")));
            findings.extend(module.map(|name| source.finding(number, message(name))));
        }
    }
    findings
}

fn message(name: &str) -> String {
    format!(
        "`{name}` says nothing of what is inside: name it after its one concept, and split it if there are several"
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn files_folders_and_modules_are_looked_at() {
        let files = [
            ("crates/zoo/src/utils/a.rs", ""),
            ("tests/python/helpers.py", ""),
            ("crates/zoo/src/lib.rs", "mod base;\nmod database;\nmod common {}\n"),
        ];
        let expected = [
            "crates/zoo/src/utils/a.rs:1",
            "tests/python/helpers.py:1",
            "crates/zoo/src/lib.rs:1",
            "crates/zoo/src/lib.rs:3",
        ];
        assert_eq!(findings(super::check, &files), expected);
    }
}

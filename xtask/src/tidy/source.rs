//! The files that the rules read, with the code apart from comments, literals and tests.

mod code;

use std::path::Path;

use anyhow::{Context, Result};

use crate::tracked;

/// Every file that the rules look at.
pub(super) struct Tree {
    pub(super) sources: Vec<Source>,
}

/// One file.
pub(super) struct Source {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    /// Its size in bytes.
    pub(super) size: usize,
    /// Its text; `None` if it is not UTF-8.
    pub(super) text: Option<String>,
    /// The text with comments and literals blanked; empty if it is not Rust.
    bare: String,
    /// For each line of `bare`, whether it belongs to a test.
    tests: Vec<bool>,
}

impl Tree {
    /// Reads what git tracks, and what it would track, below `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut sources = Vec::new();
        for path in tracked::files(root)? {
            let bytes = std::fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
            sources.push(Source::new(&path, bytes));
        }
        Ok(Self { sources })
    }

    /// A tree of these paths and texts.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            sources: files.iter().map(|(path, text)| Source::new(path, text.as_bytes().to_vec())).collect(),
        }
    }

    /// The Rust files.
    pub(super) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|s| s.is_rust())
    }
}

impl Source {
    fn new(path: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len();
        let text = String::from_utf8(bytes).ok();
        let bare = match &text {
            Some(text) if path.ends_with(".rs") => code::without_comments_and_literals(text),
            _ => String::new(),
        };
        let tests = code::test_lines(&bare);
        Self { path: path.to_owned(), size, text, bare, tests }
    }

    /// Whether it is Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether all of it is a test: a `tests.rs`, or a file in a folder `tests`.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// Whether it is a program of its own beside a library.
    pub(super) fn is_example(&self) -> bool {
        self.path.split('/').any(|part| part == "examples" || part == "benches")
    }

    /// Its lines with their numbers from 1, comments and literals blanked, tests included.
    pub(super) fn code_and_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.bare.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Its lines with their numbers from 1, comments and literals blanked, without tests.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let all_tests = self.is_test();
        self.code_and_tests()
            .zip(&self.tests)
            .filter(move |(_, test)| !all_tests && !**test)
            .map(|(line, _)| line)
    }
}

/// Whether `word` stands in `line` with no letter, digit or underscore beside it.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_word) && !line[at + word.len()..].starts_with(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_not_code() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
        let tree =
            Tree::of(&[("crates/x/src/a.rs", text), ("crates/x/src/a/tests.rs", text), ("tests/a.rs", text)]);
        let code: Vec<Vec<usize>> =
            tree.rust().map(|s| s.code().map(|(number, _)| number).collect()).collect();
        assert_eq!(code, [vec![1, 6], vec![], vec![]]);
    }

    #[test]
    fn words_have_edges() {
        assert!(has_word("unsafe {", "unsafe"));
        assert!(!has_word("forbid(unsafe_code)", "unsafe"));
        assert!(!has_word("not_unsafe", "unsafe"));
    }
}

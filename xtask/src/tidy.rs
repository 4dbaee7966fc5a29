//! `cargo xtask tidy`: what the design promises about the source, checked on the text of every file, one rule a file.

mod source;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use source::{Source, Tree};

/// A new rule is one file with a `check` function and one word here.
macro_rules! rules {
    ($($rule:ident)+) => {
        $(mod $rule;)+
        const RULES: &[(&str, Check)] = &[$((stringify!($rule), $rule::check)),+];
    };
}

type Check = fn(&Tree) -> Vec<Finding>;

rules! {
    dependencies
    file_creation
    file_length
    file_names
    file_size
    first_line
    hidden_addresses
    no_io
    printing
    unsafe_code
}

/// A breach of a rule: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks every file that git tracks or would track below `root`.
pub(crate) fn tidy(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let findings: BTreeSet<Finding> = RULES.iter().flat_map(|(_, check)| check(&tree)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy: {} findings in {} files read", findings.len(), tree.sources.len());
    }
    println!("tidy: {} rules hold in {} files", RULES.len(), tree.sources.len());
    Ok(())
}

/// A finding for every line of a library's code in which `wanted` finds something, outside the folders `allowed`.
fn search(
    tree: &Tree,
    allowed: &[&str],
    wanted: impl Fn(&str) -> Option<&'static str>,
    message: impl Fn(&str) -> String,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_allowed = |path: &str| allowed.iter().any(|folder| path.starts_with(folder));
    for source in tree.rust().filter(|s| !s.is_example() && !is_allowed(&s.path)) {
        for (number, line) in source.code() {
            if let Some(found) = wanted(line) {
                findings.push(source.finding(number, message(found)));
            }
        }
    }
    findings
}

impl Source {
    /// A finding on this file's line `line`, counted from 1.
    fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }
}

/// What the rules' own tests need.
#[cfg(test)]
mod trial {
    use super::{Check, RULES, Tree};

    /// Where `check` finds something in a tree of these paths and texts, as `path:line`.
    pub(super) fn findings(check: Check, files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(|f| format!("{}:{}", f.path, f.line)).collect()
    }

    #[test]
    fn every_rule_accepts_an_empty_tree() {
        for (name, check) in RULES {
            assert!(check(&Tree::of(&[])).is_empty(), "{name}");
        }
    }
}

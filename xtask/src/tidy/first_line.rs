//! Every Rust file opens with a `//!` sentence that says what it is; `foo/tests.rs` says it by its name.

use super::{Finding, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let says_what_it_is = |text: &str| {
        let opening = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
        opening
            .is_some_and(|line| line.strip_prefix("//!").is_some_and(|sentence| !sentence.trim().is_empty()))
    };
    tree.rust()
        .filter(|source| {
            !source.path.ends_with("/tests.rs") && !source.text.as_deref().is_some_and(says_what_it_is)
        })
        .map(|source| source.finding(1, "does not open with `//!`: say in one sentence what the file is"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn attributes_may_come_before() {
        let files = [
            ("crates/zoo/src/a.rs", "//! What it is.\n"),
            ("crates/zoo/src/b.rs", "#![allow(x)]\n\n//! What it is.\n"),
            ("crates/zoo/src/c.rs", "use x;\n//! Too late.\n"),
            ("crates/zoo/src/d.rs", "//!\n"),
            ("crates/zoo/src/e.rs", ""),
            ("crates/zoo/src/e/tests.rs", "use super::*;\n"),
        ];
        let expected = ["crates/zoo/src/c.rs:1", "crates/zoo/src/d.rs:1", "crates/zoo/src/e.rs:1"];
        assert_eq!(findings(super::check, &files), expected);
    }
}

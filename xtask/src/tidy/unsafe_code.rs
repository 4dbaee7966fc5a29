//! `unsafe` stands only in the crate `kernels`.

use super::source::has_word;
use super::{Finding, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust().filter(|s| !s.path.starts_with("crates/kernels/")) {
        for (number, _) in source.code_and_tests().filter(|(_, line)| has_word(line, "unsafe")) {
            findings.push(
                source
                    .finding(number, "`unsafe` outside crates/kernels: move it behind a safe function there"),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn only_kernels_may() {
        let text = "//! Not unsafe.\nfn f() {\n    unsafe { g() }\n}\n";
        let files =
            [("crates/kernels/src/a.rs", text), ("crates/engine/src/a.rs", text), ("tests/a.rs", text)];
        assert_eq!(findings(super::check, &files), ["crates/engine/src/a.rs:3", "tests/a.rs:3"]);
    }
}

//! A file of code has at most 400 lines without its tests; in `kernels` 600.

use super::{Finding, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        let limit = if source.path.starts_with("crates/kernels/") { 600 } else { 400 };
        let lines = source.code().count();
        if lines > limit {
            let message = format!(
                "{lines} lines without tests, at most {limit} are allowed: split it, one concept a file"
            );
            findings.push(source.finding(limit, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn tests_do_not_count_and_kernels_may_be_longer() {
        let long = "//\n".repeat(401);
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "//\n".repeat(400), "//\n".repeat(100));
        let files = [
            ("crates/kernels/src/a.rs", long.as_str()),
            ("crates/zoo/src/a.rs", &long),
            ("crates/zoo/src/a/tests.rs", &long),
            ("crates/zoo/src/b.rs", &tested),
        ];
        assert_eq!(findings(super::check, &files), ["crates/zoo/src/a.rs:400"]);
    }
}

//! No tracked file is large: 200 KB, and 500 KB for a picture in the documentation.

use super::{Finding, Tree};

const PICTURES: [&str; 6] = [".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let picture =
            source.path.starts_with("docs/") && PICTURES.iter().any(|end| source.path.ends_with(end));
        let limit_kb = if picture { 500 } else { 200 };
        if source.size > limit_kb * 1000 {
            let size_kb = source.size.div_ceil(1000);
            let message = format!(
                "{size_kb} KB, at most {limit_kb} are allowed: make it smaller, or fetch or generate it"
            );
            findings.push(source.finding(1, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn pictures_of_the_documentation_may_be_larger() {
        let large = "x".repeat(200_001);
        let files =
            [("docs/report.png", large.as_str()), ("tests/data/a.png", &large), ("docs/a.md", &large)];
        assert_eq!(findings(super::check, &files), ["tests/data/a.png:1", "docs/a.md:1"]);
    }
}

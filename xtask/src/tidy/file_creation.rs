//! Files and folders are created only through the crate `files`, so that a run that is killed leaves no half file.

use super::{Finding, Tree, search};

/// An `OpenOptions` that only appends to a file that is there creates nothing.
const CALLS: [&str; 7] = [
    "File::create",
    "fs::write",
    "fs::copy",
    "create_dir",
    ".create(true)",
    ".create_new(true)",
    ".truncate(true)",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let called = |line: &str| CALLS.into_iter().find(|call| line.contains(call));
    search(tree, &["crates/files/", "xtask/"], called, |call| {
        format!("`{call}` outside crates/files: use files::write, files::write_with or files::create_folder")
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial::findings;

    #[test]
    fn only_the_crate_files_may() {
        let text = "//! Text.\nfn f() {\n    std::fs::write(p, b);\n    File::create(p);\n    File::open(p);\n    o.append(true);\n}\n";
        let files = [("crates/files/src/a.rs", text), ("crates/report/src/a.rs", text), ("tests/a.rs", text)];
        assert_eq!(findings(super::check, &files), ["crates/report/src/a.rs:3", "crates/report/src/a.rs:4"]);
    }
}

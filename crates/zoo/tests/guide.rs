//! What `CONTRIBUTING.md` says of the smallest architecture is so.

#![allow(clippy::expect_used, reason = "a test fails by a panic")]

use std::path::Path;

const GUIDE: &str = include_str!("../../../CONTRIBUTING.md");
const SMALLEST: &str = "plain_cnn.rs";

/// A file of architectures without its test.
fn code(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/architectures");
    let text = std::fs::read_to_string(folder.join(name)).expect("a text");
    text.split("#[cfg(test)]").next().expect("a part").trim_end().to_owned()
}

#[test]
fn the_smallest_architecture_is_shown_as_it_is() {
    let code = code(SMALLEST);
    let counted = format!("`{SMALLEST}`, {} lines without its test", code.lines().count());
    assert!(GUIDE.contains(&counted), "the guide should say: {counted}");
    let begin = code.find("fn base").expect("it stacks layers");
    let shown: String = code[begin..].lines().map(|line| format!("    {line}\n")).collect();
    assert!(GUIDE.contains(&shown), "the guide should show:\n{shown}");
}

#[test]
fn no_architecture_is_smaller() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/architectures");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let names = entries.filter_map(|entry| entry.expect("an entry").file_name().into_string().ok());
    let smallest = names.min_by_key(|name| code(name).lines().count());
    assert_eq!(smallest.as_deref(), Some(SMALLEST));
}

//! What the end-to-end tests share: running the binary, drawing pictures for it, and looking into what it leaves.
//!
//! The binary is the one that `LINNAEUS_TEST_PROGRAM` names; without that it is built first, in this profile.

mod keras_file;
mod kills;
mod photos;
mod pictures;
mod program;
mod python;

pub use keras_file::member;
pub use kills::kill_and_go_on;
pub use photos::photos;
pub use pictures::{CLASSES, class_folders, draw, enormous_png, scene};
pub use program::{
    Outcome, Running, home, linnaeus, linnaeus_in_shell, program, resume, start, train, training,
};
pub use python::{Dialogue, keras, torch};

use std::path::Path;

/// A JSON file that the binary left.
pub fn json(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", path.display()))
}

/// Everything below `folder`, as relative paths in order.
pub fn everything_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).into_iter().flatten().flatten() {
            found.push(entry.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"));
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

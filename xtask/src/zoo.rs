//! `cargo xtask zoo`: the table of all architectures and what was shown of each, `docs/zoo.md`, made by the tests.
//!
//! A test that shows something writes a column: a JSON object, an architecture's name to its cell, in a file of the
//! column's name in the folder that `LINNAEUS_ZOO_TABLE` names. A new column is a row in [`COLUMNS`], and the test that
//! writes it one in [`PARTS`], if it is not there.
//!
//! The folder is that of one state of the sources, so that a table is never made of parts that saw different ones.

mod page;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use self::page::{COLUMNS, Column, text};
use crate::process::{cargo, run};
use crate::steps::Steps;
use crate::{tracked, venv, workspace};

/// The tests that write columns, and their packages.
const PARTS: [(&str, &str); 3] =
    [("linnaeus-zoo", "golden"), ("linnaeus-train", "overfit"), ("linnaeus-tests", "zoo")];

/// Runs the tests, or those of these names, and writes the table if all have seen the sources as they are.
pub(crate) fn zoo(names: &[&str]) -> Result<()> {
    let mut steps = Steps::new("zoo");
    let result = make(&mut steps, names);
    steps.finish(result)
}

fn make(steps: &mut Steps, names: &[&str]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|(_, part)| part != *name)) {
        bail!("there is no part `{unknown}` of the zoo: expected {}", PARTS.map(|(_, part)| part).join(", "));
    }
    let folder = folder()?;
    forget_others(&folder)?;
    let python = steps.step("Keras in a virtual environment", || venv::KERAS.python())?;
    for (package, part) in PARTS.iter().filter(|(_, part)| names.is_empty() || names.contains(part)) {
        let mut command = cargo(["test", "--package", package, "--test", part, "--", "--nocapture"]);
        command.env("LINNAEUS_ZOO_TABLE", &folder).env("LINNAEUS_TEST_PYTHON", &python);
        steps.step(part, || {
            forget(&folder, part)?;
            run(&mut command)
        })?;
    }
    ensure!(
        folder == self::folder()?,
        "a source was changed while the tests ran: run `cargo xtask zoo` again"
    );
    let page = workspace::root().join("docs/zoo.md");
    std::fs::write(&page, text(&read(&folder)?)?).with_context(|| format!("cannot write {}", page.display()))
}

/// Where the columns are that tests of the sources as they are write.
fn folder() -> Result<PathBuf> {
    // No test sees pages and chores.
    let unseen =
        |path: &str| path.starts_with("docs/") || path.starts_with("xtask/src/") || path.ends_with(".md");
    let is_source = |path: &str| !unseen(path);
    let sources = tracked::fingerprint(&workspace::root(), is_source)?;
    Ok(workspace::target()?.join("zoo-table").join(sources))
}

/// Removes what tests of other sources found.
fn forget_others(folder: &Path) -> Result<()> {
    let Some(Ok(entries)) = folder.parent().map(std::fs::read_dir) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path != folder {
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Removes what an earlier run of a part found: if it fails now, it found nothing.
fn forget(folder: &Path, part: &str) -> Result<()> {
    for path in COLUMNS.iter().filter(|column| column.part == part).map(|column| file(folder, column)) {
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn file(folder: &Path, column: &Column) -> PathBuf {
    folder.join(column.name).with_extension("json")
}

/// The columns in their order.
fn read(folder: &Path) -> Result<Vec<Map<String, Value>>> {
    let is_missing = |part: &str| COLUMNS.iter().any(|c| c.part == part && !file(folder, c).exists());
    let missing: Vec<&str> = PARTS.iter().map(|(_, part)| *part).filter(|part| is_missing(part)).collect();
    ensure!(
        missing.is_empty(),
        "docs/zoo.md is as it was: some parts saw other sources or none; run `cargo xtask zoo {}`",
        missing.join(" ")
    );
    let read = |column| {
        let path = file(folder, column);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
    };
    COLUMNS.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_saw_other_sources_is_named() {
        let nowhere = workspace::root().join("no-such-folder");
        let error = read(&nowhere).unwrap_err().to_string();
        assert!(error.ends_with("run `cargo xtask zoo golden overfit zoo`"), "{error}");
    }
}

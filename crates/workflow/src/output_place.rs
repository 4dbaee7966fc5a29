//! What `--out` may name: no place where the next training would look for pictures, no file for a folder, no folder for a file.

use std::path::{Path, PathBuf};

use crate::run_folder::next;
use crate::{Error, Result};

/// Checks the folder `out`, which need not be there, of something that is done with the set at `data`.
///
/// # Errors
/// It is a file or lies below one, or lies among the pictures.
pub fn check_out_folder(out: &Path, data: &Path) -> Result<()> {
    if let Some(file) = out.ancestors().find(|above| above.is_file()) {
        let (out, file) = (out.display(), file.display());
        return Err(Error::setting("--out", format!("a folder, and {file} is a file"), out));
    }
    check_outside(out, data, "folder", |beside| next(&beside.join("runs"), data))
}

/// The same of a file.
///
/// # Errors
/// It is a folder, or lies among the pictures.
pub fn check_out_file(out: &Path, data: &Path) -> Result<()> {
    if out.is_dir() {
        return Err(Error::setting("--out", "the name of a file, and there is a folder", out.display()));
    }
    check_outside(out, data, "file", |beside| beside.join(out.file_name().unwrap_or_default()))
}

/// `instead` says what to give, beside the set.
fn check_outside(out: &Path, data: &Path, what: &str, instead: impl FnOnce(&Path) -> PathBuf) -> Result<()> {
    if !images::is_searched(out, data) {
        return Ok(());
    }
    let set = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_path_buf());
    let instead = instead(set.parent().unwrap_or(&set));
    Err(Error::usage(format!(
        "{} lies in the set itself, where the next training would look for pictures: give a {what} outside of {}, as --out {}",
        out.display(),
        data.display(),
        instead.display()
    )))
}

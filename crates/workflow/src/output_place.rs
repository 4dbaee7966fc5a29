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

/// Checks the `file` that `option` names, which is to be written in a folder that is there.
///
/// # Errors
/// It is a folder, or there is none for it.
pub fn check_file(option: &str, file: &Path) -> Result<()> {
    if file.is_dir() {
        return Err(Error::setting(option, "the name of a file, and there is a folder", file.display()));
    }
    match file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => {
            let expected = format!("a file in a folder that is there, and {} is none", folder.display());
            Err(Error::setting(option, expected, file.display()))
        }
    }
}

/// The same of `--out`, of something that is done with the set at `data`.
///
/// # Errors
/// As [`check_file`]; it lies among the pictures.
pub(crate) fn check_out_file(out: &Path, data: &Path) -> Result<()> {
    check_file("--out", out)?;
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

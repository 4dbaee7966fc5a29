//! Where fetched and converted files are kept: `$LINNAEUS_HOME`, else the platform's cache folder.

use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::{Error, ErrorKind, Result};

/// The environment variable that names another folder.
pub const VARIABLE: &str = "LINNAEUS_HOME";

/// The folder, which may not exist yet.
///
/// # Errors
/// Neither the variable nor a home folder is set.
pub fn folder() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let base = etcetera::choose_base_strategy().map_err(|e| {
        Error::new(
            ErrorKind::File,
            format!("there is no home folder ({e}): set {VARIABLE} to a folder for the cache"),
        )
    })?;
    Ok(base.cache_dir().join("linnaeus"))
}

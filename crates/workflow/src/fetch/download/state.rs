//! Which file on which server the first part of a download is of, kept beside it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Result;

/// `photo.zip.part.json`, beside `photo.zip.part`.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    kept: Option<Kept>,
}

/// What is written down.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    address: String,
    /// The server's mark of the file's version: an `ETag` or a date.
    validator: Option<String>,
}

impl State {
    /// What an earlier download to `path` wrote down, if it did.
    pub(super) fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".part.json");
        let path = PathBuf::from(name);
        let kept = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, kept }
    }

    /// Whether the first part came from `address`.
    pub(super) fn is_of(&self, address: &str) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.address == address)
    }

    /// The server's mark of the version that the first part is of.
    pub(super) fn validator(&self) -> Option<&str> {
        self.kept.as_ref().and_then(|kept| kept.validator.as_deref())
    }

    /// Writes down that a download from `address` begins.
    ///
    /// # Errors
    /// The folder is read-only or the disk is full.
    pub(super) fn begin(&mut self, address: &str, validator: Option<String>) -> Result<()> {
        let kept = Kept { address: address.to_string(), validator };
        let text = serde_json::json!(kept).to_string();
        self.kept = Some(kept);
        Ok(files::write(&self.path, text)?)
    }

    /// The download is complete.
    ///
    /// # Errors
    /// The folder is read-only.
    pub(super) fn remove(&self) -> Result<()> {
        Ok(files::remove(&self.path)?)
    }
}

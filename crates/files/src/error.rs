//! What can go wrong when a file is written.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of writing a file.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A file or folder that could not be written: what was tried, where, and the system's reason.
#[derive(Debug)]
pub struct Error {
    doing: &'static str,
    path: PathBuf,
    source: std::io::Error,
}

impl Error {
    /// `doing` is a verb phrase that `path` can follow, as "write" or "create the folder".
    pub fn new(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self { doing, path: path.to_path_buf(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use std::io::ErrorKind;
        let advice = match self.source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                ": choose a folder that you may write to"
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": free some space, or choose another disk",
            ErrorKind::NotFound => ": the folder does not exist",
            _ => "",
        };
        write!(f, "cannot {} {}: {}{advice}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

//! What can go wrong when a file is written.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The result of writing a file.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A file or folder that could not be written: what was tried, where, and the system's reason.
#[derive(Debug)]
pub struct Error {
    doing: &'static str,
    path: PathBuf,
    /// The folder above, where that is what was missing.
    missing: Option<PathBuf>,
    source: std::io::Error,
}

impl Error {
    /// `doing` is a verb phrase that `path` can follow, as "write" or "create the folder".
    pub fn new(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        let missing = missing_folder(path, &source);
        Self { doing, path: path.to_path_buf(), missing, source: without_temporary_name(source) }
    }
}

/// The folder above `path`, if nothing was found for it because that is not there. It is looked for at once: somebody
/// may make it before the error is shown.
fn missing_folder(path: &Path, source: &std::io::Error) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    (source.kind() == ErrorKind::NotFound && !folder.exists()).then(|| folder.to_path_buf())
}

/// `source` without the name that `tempfile` puts behind it, which is that of a temporary file:
/// nobody asked for that one.
fn without_temporary_name(source: std::io::Error) -> std::io::Error {
    let text = source.get_ref().map(|named| named.to_string()).unwrap_or_default();
    match text.split_once(" at path ") {
        Some((reason, path)) if path.contains(crate::UNFINISHED) => {
            std::io::Error::new(source.kind(), reason.to_owned())
        }
        _ => source,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: ", self.doing, self.path.display())?;
        if let Some(folder) = &self.missing {
            return write!(f, "the folder {} does not exist", folder.display());
        }
        let advice = match self.source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                ": choose a folder that you may write to"
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": free some space, or choose another disk",
            _ => "",
        };
        write!(f, "{}{advice}", self.source)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

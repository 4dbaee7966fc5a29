//! What can be wrong with a model file.

use std::fmt;
use std::path::Path;

/// The result of reading or writing a model file.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file cannot be opened, read or written.
    File,
    /// The bytes are not what the format says: another format, truncated or damaged.
    Malformed,
    /// The format allows it, this program has no such thing: a layer, a filter, a data type.
    Unsupported,
    /// Weights that do not fit the model.
    Mismatch,
    /// Larger or deeper than any real model.
    TooLarge,
}

/// Trouble with a model file: its kind, and a message that says where, what was expected and what was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// An error of `kind`; `message` is a whole sentence without its full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The same error, said to be inside `place`: a file, a member of an archive, a layer.
    pub fn within(self, place: impl fmt::Display) -> Self {
        Self { kind: self.kind, message: format!("{place}: {}", self.message) }
    }

    /// A file that cannot be opened or read.
    pub(crate) fn reading(path: &Path, source: &std::io::Error) -> Self {
        Self::new(ErrorKind::File, format!("cannot read {}: {source}", path.display()))
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    pub(crate) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Mismatch, message)
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooLarge, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A file that could not be written.
impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::new(ErrorKind::File, error.to_string())
    }
}

/// A model that no graph can hold.
impl From<graph::Error> for Error {
    fn from(error: graph::Error) -> Self {
        Self::new(ErrorKind::Malformed, error.to_string())
    }
}

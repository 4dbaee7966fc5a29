//! What can go wrong while a set is looked at.

use std::fmt;

/// The result of looking at a set, or of moving parts of it.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something is asked for that this set, or this folder, cannot have.
    Usage,
    /// A file or folder that could not be written or moved.
    File,
    /// It was stopped from outside.
    Interrupted,
}

/// A mistake: its kind, and a message that says what, where, expected, received, and what to do.
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

    pub(crate) fn interrupted() -> Self {
        Self::new(
            ErrorKind::Interrupted,
            "stopped before all pictures were looked at: nothing was written or moved",
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::new(ErrorKind::File, error.to_string())
    }
}

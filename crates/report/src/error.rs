//! What can go wrong when a run is judged and written down.

use std::fmt;

/// The result of judging a run or of writing it down.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Lists that should be of one length are not.
    Shape,
    /// A value outside its range, such as a label that names no class.
    Value,
    /// A file that could not be read or written.
    File,
    /// A `result.json` that is not one.
    Format,
}

/// A mistake: its kind, and a message that says what was expected and what was received.
#[derive(Debug)]
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

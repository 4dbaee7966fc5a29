//! What can be wrong with a model.

use std::fmt;

/// The result of building or changing a graph.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The inputs' shapes do not fit the op.
    Shape,
    /// A name is used twice.
    DuplicateName,
    /// A name that does not exist.
    UnknownName,
    /// A value outside its range, such as a stride of zero.
    Value,
    /// Weights that do not fit the table of parameters.
    Weights,
}

/// A mistake in a model: its kind, and a message that names the layer, what was expected and what was received.
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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

//! What can go wrong when a plan is made.

use std::fmt;

/// The result of making a plan.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The model cannot be run as asked: nothing to train, a start that is not on the way, …
    Model,
    /// The weights do not fit the model.
    Weights,
    /// The buffers would not fit any machine.
    Memory,
}

/// A plan that cannot be made: the kind, and a message that says where, what was expected and what was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
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

impl From<graph::Error> for Error {
    fn from(error: graph::Error) -> Self {
        Self::new(ErrorKind::Weights, error.to_string())
    }
}

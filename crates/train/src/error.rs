//! What can go wrong in training.

use std::fmt;

/// The result of training, predicting or evaluating.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A name that does not exist: of a loss, a metric, an optimizer, something to monitor.
    UnknownName,
    /// A setting outside its range.
    Setting,
    /// The model does not fit the loss, the pictures or the weights.
    Model,
    /// Pictures that can't be read, or are too few.
    Pictures,
    /// A file that can't be written or read.
    File,
    /// It was stopped from outside.
    Interrupted,
    /// The loss became infinite or no number, and there are no earlier weights to go back to.
    Diverged,
}

/// A mistake: its kind, and a message that says where, what was expected and what was received.
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

    /// The same mistake, its message led by where it happened.
    pub(crate) fn within(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// `what` (as "loss") called `wanted` is not among `names`, which the message lists.
    pub(crate) fn unknown(what: &str, wanted: &str, names: &[&str]) -> Self {
        let choices = graph::choices(wanted, names);
        Self::new(ErrorKind::UnknownName, format!("there is no {what} {wanted}; {choices}"))
    }

    pub(crate) fn setting(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Setting, message)
    }

    pub(crate) fn model(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Model, message)
    }

    pub(crate) fn pictures(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Pictures, message)
    }

    pub(crate) fn file(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::File, message)
    }
}

/// The setting called `name` is out of its range.
pub(crate) fn expected(name: &str, what: &str, received: f64) -> Error {
    Error::setting(format!("{name}: expected {what}, received {received}"))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        Self::model(error.to_string())
    }
}

impl From<graph::Error> for Error {
    fn from(error: graph::Error) -> Self {
        Self::model(error.to_string())
    }
}

impl From<images::Error> for Error {
    fn from(error: images::Error) -> Self {
        Self::pictures(error.to_string())
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::file(error.to_string())
    }
}

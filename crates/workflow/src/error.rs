//! What can go wrong in a job, and whose mistake it was.

use std::fmt;

/// The result of a job.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Wrong use: an unknown name, a value outside its range, options that contradict each other, a file or folder that
    /// was named and is not there, a set of one class.
    Usage,
    /// The pictures: none, none that can be read, of one class only.
    Data,
    /// A model or weights file: damaged, or of another network.
    Model,
    /// A file or folder that cannot be opened, read or written.
    File,
    /// Something could not be fetched.
    Fetch,
    /// Training failed.
    Training,
    /// It was stopped from outside.
    Stopped,
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

    /// With what there is to do where it was stopped; another mistake as it is.
    pub(crate) fn if_stopped(self, advice: impl fmt::Display) -> Self {
        match self.kind {
            ErrorKind::Stopped => Self::new(self.kind, format!("{}: {advice}", self.message)),
            _ => self,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A value that `option`, as `--batch-size`, cannot have.
    pub(crate) fn setting(option: &str, expected: impl fmt::Display, received: impl fmt::Display) -> Self {
        Self::usage(format!("{option}: expected {expected}, received {received}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

macro_rules! from {
    ($($source:ty => $kind:ident),* $(,)?) => {
        $(impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::new(ErrorKind::$kind, error.to_string())
            }
        })*
    };
}

from! {
    files::Error => File,
    graph::Error => Model,
    engine::Error => Model,
    report::Error => File,
}

impl From<images::Error> for Error {
    fn from(error: images::Error) -> Self {
        let kind = match error.kind() {
            images::ErrorKind::Interrupted => ErrorKind::Stopped,
            // What was asked for cannot be: a set that is not there, a column that it does not have, one class to tell apart.
            images::ErrorKind::Missing | images::ErrorKind::Value | images::ErrorKind::OneClass => {
                ErrorKind::Usage
            }
            _ => ErrorKind::Data,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<formats::Error> for Error {
    fn from(error: formats::Error) -> Self {
        let kind = match error.kind() {
            formats::ErrorKind::File => ErrorKind::File,
            _ => ErrorKind::Model,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<train::Error> for Error {
    fn from(error: train::Error) -> Self {
        let kind = match error.kind() {
            train::ErrorKind::UnknownName | train::ErrorKind::Setting => ErrorKind::Usage,
            train::ErrorKind::Pictures => ErrorKind::Data,
            train::ErrorKind::File => ErrorKind::File,
            train::ErrorKind::Model => ErrorKind::Model,
            train::ErrorKind::Interrupted => ErrorKind::Stopped,
            _ => ErrorKind::Training,
        };
        Self::new(kind, error.to_string())
    }
}

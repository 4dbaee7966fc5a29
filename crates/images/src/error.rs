//! What can be wrong with a set of pictures, or with one of them.

use std::fmt;

/// The result of reading pictures.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A set that is not there, or a file in its place that is none, or a folder without a class folder that holds pictures.
    Missing,
    /// A folder or a file that is there and may not be read.
    Unreadable,
    /// A set without a picture that can be read.
    Empty,
    /// A set with one class only.
    OneClass,
    /// The parts of a set do not have the same classes.
    ClassNames,
    /// A setting outside its range, or an unknown name.
    Value,
    /// A picture whose content is damaged, or not a picture.
    Damaged,
    /// A picture in a format, or of a kind, that is not read.
    Unsupported,
    /// A picture with more pixels than is sensible.
    TooLarge,
    /// Reading was stopped from outside.
    Interrupted,
}

/// A mistake: its kind, and a message that says where, what was expected and what was found.
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
    pub(crate) fn within(self, place: impl fmt::Display) -> Self {
        Self { kind: self.kind, message: format!("{place}: {}", self.message) }
    }

    pub(crate) fn damaged(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, message)
    }

    /// A picture that a library refused, in one line: what libraries say may have line ends and stray bytes in it.
    pub(crate) fn refused_by_library(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        let why = why.to_string().replace(char::is_control, " ");
        let words: Vec<&str> = why.split_whitespace().collect();
        Self::damaged(format!("{what}: {}", words.join(" ")))
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    /// A file or folder that the system would not open.
    pub(crate) fn missing(source: &std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::Missing,
            _ => ErrorKind::Unreadable,
        };
        Self::new(kind, source.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_library_says_becomes_one_line() {
        let error = Error::refused_by_library("the JPEG is damaged", "bad\u{1}marker\n  \u{1b}[1mhere\n");
        assert_eq!(error.to_string(), "the JPEG is damaged: bad marker [1mhere");
        assert_eq!(error.kind(), ErrorKind::Damaged);
    }
}

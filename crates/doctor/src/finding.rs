//! One thing that is found in a set.

use crate::kind::Kind;

/// Something that a person should know of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, a sentence without its full stop. The pictures are named beside it.
    pub detail: String,
    /// The pictures that it is about, numbers into [`crate::Examination::subjects`].
    pub pictures: Vec<usize>,
    /// Those of them that [`crate::Quarantine`] moves.
    pub movable: Vec<usize>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It makes figures wrong or loses pictures.
    Fault,
    /// A set may be meant to be so.
    Advice,
}

impl Severity {
    /// `fault` or `advice`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Advice => "advice",
        }
    }
}

impl Finding {
    /// A fault with these pictures, none of which are moved.
    pub(crate) fn fault(kind: Kind, detail: impl Into<String>, pictures: Vec<usize>) -> Self {
        Self { kind, severity: Severity::Fault, detail: detail.into(), pictures, movable: Vec::new() }
    }

    /// Advice on these pictures.
    pub(crate) fn advice(kind: Kind, detail: impl Into<String>, pictures: Vec<usize>) -> Self {
        Self { severity: Severity::Advice, ..Self::fault(kind, detail, pictures) }
    }
}

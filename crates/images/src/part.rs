//! The parts of a set, and what people call them.

use crate::{Listing, Sample, Skipped};

/// A part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Pictures to learn from.
    Train,
    /// Pictures to choose the best epoch by.
    Validation,
    /// Pictures to judge the result by.
    Test,
}

impl Part {
    /// `train`, `val` or `test`.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// What the part is called in small letters, the commonest first; names with `seg_` are of the Intel set of natural
    /// scenes.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Train => &["train", "training", "seg_train"],
            Self::Validation => &["val", "valid", "validation", "dev", "seg_val"],
            Self::Test => &["test", "testing", "seg_test"],
        }
    }

    /// The part with this name, in any case.
    pub(crate) fn called(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        [Self::Train, Self::Validation, Self::Test]
            .into_iter()
            .find(|part| part.names().contains(&name.as_str()))
    }
}

/// Pictures part by part, as they are found.
#[derive(Default)]
pub(crate) struct Parts {
    train: Vec<Sample>,
    validation: Vec<Sample>,
    test: Vec<Sample>,
}

impl Parts {
    pub(crate) fn push(&mut self, part: Part, sample: Sample) {
        match part {
            Part::Train => self.train.push(sample),
            Part::Validation => self.validation.push(sample),
            Part::Test => self.test.push(sample),
        }
    }

    /// The set; a part to which nothing belongs is none.
    pub(crate) fn into_listing(
        self,
        classes: Vec<String>,
        skipped: Vec<Skipped>,
        notes: Vec<String>,
    ) -> Listing {
        let given = |part: Vec<Sample>| Some(part).filter(|part| !part.is_empty());
        let (validation, test) = (given(self.validation), given(self.test));
        Listing { classes, train: self.train, validation, test, skipped, notes, ..Listing::default() }
    }
}

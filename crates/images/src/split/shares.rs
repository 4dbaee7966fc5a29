//! What part of each class is held out, and how many pictures of a class that makes.

use crate::{Error, Result};

/// What part of each class goes to validation and to test; the rest is for training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// In `0.0..1.0`; zero for no validation part.
    pub validation: f32,
    /// In `0.0..1.0`; zero for no test part.
    pub test: f32,
}

impl Shares {
    /// The share for the test of a set of so many pictures, where none is asked for: a fifth under 1,000, a tenth under
    /// 10,000, a twentieth of more.
    pub fn test_of(pictures: usize) -> f32 {
        match pictures {
            0..1_000 => 0.2,
            1_000..10_000 => 0.1,
            _ => 0.05,
        }
    }

    pub(super) fn check(self) -> Result<()> {
        let fits = |share: f32| (0.0..1.0).contains(&share);
        if fits(self.validation) && fits(self.test) && self.validation + self.test < 1.0 {
            return Ok(());
        }
        Err(Error::value(format!(
            "a share of {} for validation and {} for test leaves nothing to train on; \
             give each 0 or more, together less than 1, such as 0.15 and 0.15",
            self.validation, self.test
        )))
    }

    pub(super) fn counts(self, pictures: usize) -> Counts {
        let spare = pictures.saturating_sub(1);
        let of = |share: f32| match share {
            0.0 => 0,
            // In double: a third of 300 is 100, not 100 and a bit.
            share => ((pictures as f64 * f64::from(share)).round() as usize).max(1),
        };
        let mut counts = Counts { validation: of(self.validation), test: of(self.test) };
        // Rounding up may have taken all: the larger gives first, so that no part goes without.
        while counts.validation + counts.test > spare {
            if counts.validation >= counts.test { counts.validation -= 1 } else { counts.test -= 1 }
        }
        counts
    }
}

/// How many pictures of one class leave the training part.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) validation: usize,
    pub(super) test: usize,
}

impl Counts {
    /// That the class is missing in a part which was asked for.
    pub(super) fn note(self, class: &str, pictures: usize, shares: Shares) -> Option<String> {
        let mut without = Vec::new();
        if shares.validation > 0.0 && self.validation == 0 {
            without.push("validation");
        }
        if shares.test > 0.0 && self.test == 0 {
            without.push("test");
        }
        let plural = if pictures == 1 { "" } else { "s" };
        (!without.is_empty()).then(|| {
            format!(
                "class {class:?} has {pictures} picture{plural}: none is left for {}; \
                 give it more pictures to have figures for it",
                without.join(" and ")
            )
        })
    }
}

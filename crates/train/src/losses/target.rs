//! What pictures are: one class each, or shares of several, as mixed pictures and smoothed labels have them.

/// The truth about a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Targets<'a> {
    /// One class a picture.
    Labels(&'a [u32]),
    /// How much of each class a picture is, `[pictures, classes]`; each row sums up to 1.
    Shares {
        /// The rows, one after the other.
        rows: &'a [f32],
        /// The length of a row; two for one sigmoid unit.
        classes: usize,
    },
}

impl<'a> Targets<'a> {
    /// The number of pictures.
    pub fn len(self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Shares { rows, classes } => rows.len() / classes.max(1),
        }
    }

    /// Whether there are no pictures.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The target of the picture at `index`.
    pub(super) fn of(self, index: usize, smoothing: f32) -> Target<'a> {
        let truth = match self {
            Self::Labels(labels) => Truth::Class(labels[index] as usize),
            Self::Shares { rows, classes } => Truth::Shares(&rows[index * classes..][..classes]),
        };
        Target { truth, smoothing }
    }

    /// `Σ weight · share` of the picture at `index`: of one class, its weight.
    pub fn weight(self, index: usize, class_weights: &[f32]) -> f32 {
        match self {
            Self::Labels(labels) => class_weights[labels[index] as usize],
            Self::Shares { rows, classes } => {
                rows[index * classes..][..classes].iter().zip(class_weights).map(|(s, w)| s * w).sum()
            }
        }
    }
}

/// What one picture is, as a loss sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    truth: Truth<'a>,
    smoothing: f32,
}

#[derive(Debug, Clone, Copy)]
enum Truth<'a> {
    Class(usize),
    Shares(&'a [f32]),
}

impl Target<'_> {
    /// The class, where it is one class in full: the short way through a loss.
    pub(super) fn class(self) -> Option<usize> {
        match self.truth {
            Truth::Class(class) if self.smoothing == 0.0 => Some(class),
            _ => None,
        }
    }

    /// How much of `class` it is, of so many.
    pub(super) fn share(self, class: usize, classes: usize) -> f32 {
        let share = match self.truth {
            Truth::Class(own) => f32::from(u8::from(own == class)),
            Truth::Shares(shares) => shares[class],
        };
        share * (1.0 - self.smoothing) + self.smoothing / classes as f32
    }

    /// The classes that it is at all of, with their shares.
    pub(super) fn shares(self, classes: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = match self.class() {
            Some(class) => class..class + 1,
            None => 0..classes,
        };
        range.map(move |class| (class, self.share(class, classes))).filter(|(_, share)| *share != 0.0)
    }
}

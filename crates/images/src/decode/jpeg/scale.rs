//! At which part of its size a picture is decoded.

use crate::placement::Fit;

/// A part of the size at which blocks can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Eighth,
    Quarter,
    Half,
}

impl Scale {
    /// The smallest at which enough of the picture is left along both axes; none if all its pixels are needed.
    pub(super) fn of(fit: &Fit) -> Option<Self> {
        let is_enough = |scale: &Self| {
            (0..2).all(|axis| fit.seen[axis] * scale.factor() >= fit.covers[axis] as f64 * scale.spare())
        };
        [Self::Eighth, Self::Quarter, Self::Half].into_iter().find(is_enough)
    }

    /// How many times the pixels that the input needs must be left. Half the size saves most of the time that can be
    /// saved; what less brings besides is not worth a visible difference.
    fn spare(self) -> f64 {
        match self {
            Self::Eighth | Self::Quarter => 2.0,
            Self::Half => 1.0,
        }
    }

    /// Pixels that a block of eight becomes along an axis.
    pub(super) fn points(self) -> usize {
        match self {
            Self::Eighth => 1,
            Self::Quarter => 2,
            Self::Half => 4,
        }
    }

    pub(super) fn factor(self) -> f64 {
        self.points() as f64 / 8.0
    }

    /// Of a picture of `size`.
    pub(super) fn reduced(self, size: [usize; 2]) -> [usize; 2] {
        size.map(|side| (side * self.points()).div_ceil(8))
    }
}

//! The classes that a figure is over.

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Of two classes the second, of more all.
    Usual,
    /// All: the mean over those of which there is a figure.
    All,
    /// One.
    One(usize),
}

impl Over {
    /// The mean of `figure` over its classes of so many, of those that have one; 0 where none has.
    pub(super) fn mean(self, classes: usize, figure: impl Fn(usize) -> Option<f64>) -> f64 {
        let range = match self {
            Self::Usual if classes == 2 => 1..2,
            Self::Usual | Self::All => 0..classes,
            Self::One(class) => class..class + 1,
        };
        let (sum, count) =
            range.filter_map(figure).fold((0.0, 0), |(sum, count), one| (sum + one, count + 1));
        sum / f64::from(count.max(1))
    }

    /// Whether it looks at `class` of so many.
    pub(super) fn includes(self, class: usize, classes: usize) -> bool {
        match self {
            Self::Usual => classes != 2 || class == 1,
            Self::All => true,
            Self::One(one) => one == class,
        }
    }
}

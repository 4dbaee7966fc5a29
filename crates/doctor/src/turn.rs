//! Mirror images and turns, told from what is kept of a picture without another look.
//!
//! A wave `cos(π (x + ½) v / n)` seen from the other side is `(−1)ᵛ` times itself: mirroring turns the bits of a hash
//! over whose frequency is odd along that axis, and transposing exchanges the axes. All eight ways of laying a square
//! down are made of these; those that mirror along a diagonal, which nobody does, are not among them.

/// What was done to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    Mirrored,
    MirroredTopToBottom,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Turn {
    pub(crate) const ALL: [Self; 5] =
        [Self::Mirrored, Self::MirroredTopToBottom, Self::Quarter, Self::Half, Self::ThreeQuarters];

    /// As a participle; the direction of a quarter depends on which of the two pictures was there first.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Mirrored => "mirrored",
            Self::MirroredTopToBottom => "mirrored top to bottom",
            Self::Quarter | Self::ThreeQuarters => "turned by a quarter",
            Self::Half => "turned by a half",
        }
    }

    /// Whether rows become columns first.
    fn is_transposed(self) -> bool {
        matches!(self, Self::Quarter | Self::ThreeQuarters)
    }

    /// Whether the order of the rows is turned round, and then that of the columns.
    fn is_reversed(self) -> [bool; 2] {
        match self {
            Self::Mirrored | Self::Quarter => [false, true],
            Self::MirroredTopToBottom | Self::ThreeQuarters => [true, false],
            Self::Half => [true, true],
        }
    }

    /// Where the value comes from that is at `place` (row and column) of a turned square.
    pub(crate) fn source(self, place: [usize; 2], side: usize) -> [usize; 2] {
        let [rows, columns] = self.is_reversed();
        let from = |at: usize, is_reversed: bool| if is_reversed { side - 1 - at } else { at };
        let [row, column] = [from(place[0], rows), from(place[1], columns)];
        if self.is_transposed() { [column, row] } else { [row, column] }
    }

    /// The frequency (down and across) whose strength a turned picture has at `wave`, and whether its sign changes.
    pub(crate) fn wave(self, [down, across]: [usize; 2]) -> ([usize; 2], bool) {
        let [rows, columns] = self.is_reversed();
        let is_negated = (rows && down % 2 == 1) != (columns && across % 2 == 1);
        (if self.is_transposed() { [across, down] } else { [down, across] }, is_negated)
    }
}

//! How a picture is turned and mirrored to be seen upright: EXIF tag 0x0112, values 1 to 8.

/// How the upright picture's pixels lie in the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    /// Upright rows are stored columns.
    pub(crate) transposed: bool,
    /// Stored rows run from the bottom (after the transposition).
    from_last_row: bool,
    /// Stored columns run from the right (after the transposition).
    from_last_column: bool,
}

impl Orientation {
    pub(crate) fn from_exif(value: u8) -> Self {
        let (transposed, from_last_row, from_last_column) = match value {
            2 => (false, false, true),
            3 => (false, true, true),
            4 => (false, true, false),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self { transposed, from_last_row, from_last_column }
    }

    pub(crate) fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// `[height, width]` of the upright picture from the stored one's, or the other way round.
    pub(crate) fn turned<T: Copy>(self, [height, width]: [T; 2]) -> [T; 2] {
        if self.transposed { [width, height] } else { [height, width] }
    }

    /// The stored `(row, column)` of an upright pixel, where the stored picture has `size`.
    pub(crate) fn stored(self, [height, width]: [usize; 2], row: usize, column: usize) -> (usize, usize) {
        let (row, column) = if self.transposed { (column, row) } else { (row, column) };
        let row = if self.from_last_row { height - 1 - row } else { row };
        let column = if self.from_last_column { width - 1 - column } else { column };
        (row, column)
    }
}

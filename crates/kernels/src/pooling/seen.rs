//! The part of a picture that one window sees.

use crate::taps::Taps;

/// Positions in rows and columns, as indices of their first channels.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    first: usize,
    steps: [usize; 2],
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Seen {
    /// From the taps of an output along both axes, in a picture of `width` positions of `channels`.
    #[inline(always)]
    pub(super) fn new(rows: Taps, columns: Taps, width: usize, channels: usize) -> Self {
        Self {
            first: (rows.at * width + columns.at) * channels,
            steps: [
                rows.move_by.unsigned_abs() * width * channels,
                columns.move_by.unsigned_abs() * channels,
            ],
            rows: rows.count,
            columns: columns.count,
        }
    }

    /// The index of a position's first channel.
    #[inline(always)]
    pub(super) fn index(&self, row: usize, column: usize) -> usize {
        self.first + row * self.steps[0] + column * self.steps[1]
    }
}

//! How a product is cut in pieces: from its size alone, so that no result depends on the number of threads.

use super::tile::PANEL;

/// Pieces enough to keep 16 threads evenly busy.
const PIECES: usize = 32;
/// Multiply-adds that are worth handing to another thread.
const LEAST_WORK: usize = 1 << 20;
/// Floats of the packed matrix, and of the rows, that a piece may hold: together about a megabyte.
const PIECE_PANELS: usize = 1 << 18;
const PIECE_ROWS: usize = 1 << 17;
/// Rows of two tiles of the tallest micro-kernel; blocks are whole multiples of it.
const ROW_UNIT: usize = 28;
const MOST_ROWS: usize = 16 * ROW_UNIT;
const FEWEST_COLUMNS: usize = 2 * PANEL;
const FEWEST_COPIED_ROWS: usize = 8 * ROW_UNIT;
const FEWEST_COPIED_COLUMNS: usize = 4 * PANEL;

/// Rows and columns of one piece; the last ones may be smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Cut {
    /// The pieces of a product `[rows, k] · [k, n]`.
    pub(crate) fn new(rows: usize, k: usize, n: usize) -> Self {
        Self::with_row_floats(rows, k, k, n)
    }

    /// As [`Cut::new`] where neighbouring rows overlap in memory, so that each takes only `row_floats` more.
    pub(crate) fn with_row_floats(rows: usize, row_floats: usize, k: usize, n: usize) -> Self {
        let most_rows = (PIECE_ROWS / row_floats.max(1)).clamp(2 * ROW_UNIT, MOST_ROWS);
        let most_columns = (PIECE_PANELS / k.max(1)).max(FEWEST_COLUMNS);
        let mut cut = Self { rows: even(rows, most_rows, ROW_UNIT), columns: even(n, most_columns, PANEL) };
        while cut.pieces(rows, n) < PIECES && cut.rows * cut.columns * k >= 2 * LEAST_WORK {
            // What stays whole is read again by every piece: the smaller one should.
            let rows_are_larger = cut.rows * row_floats >= cut.columns * k;
            if cut.rows > ROW_UNIT && (rows_are_larger || cut.columns == PANEL && cut.rows > 2 * ROW_UNIT) {
                cut.rows = even(cut.rows, cut.rows.div_ceil(2), ROW_UNIT);
            } else if cut.columns > PANEL {
                cut.columns = even(cut.columns, cut.columns.div_ceil(2), PANEL);
            } else {
                break;
            }
        }
        cut
    }

    /// As [`Cut::with_row_floats`] where each piece copies its rows first: columns are cut last, because every block
    /// of them copies the rows again.
    pub(crate) fn of_copied_rows(rows: usize, row_floats: usize, k: usize, n: usize) -> Self {
        let most_rows = (PIECE_ROWS / row_floats.max(1)).clamp(FEWEST_COPIED_ROWS, MOST_ROWS);
        let mut cut = Self { rows: even(rows, most_rows, ROW_UNIT), columns: n.next_multiple_of(PANEL) };
        while cut.pieces(rows, n) < PIECES && cut.rows * cut.columns * k >= 2 * LEAST_WORK {
            if cut.rows > FEWEST_COPIED_ROWS {
                cut.rows = even(cut.rows, cut.rows.div_ceil(2), ROW_UNIT);
            } else if cut.columns > FEWEST_COPIED_COLUMNS {
                cut.columns = even(cut.columns, cut.columns.div_ceil(2), PANEL);
            } else if cut.rows > 2 * ROW_UNIT {
                cut.rows = even(cut.rows, cut.rows.div_ceil(2), ROW_UNIT);
            } else {
                break;
            }
        }
        cut
    }

    /// Blocks of columns of a matrix of `n`.
    pub(crate) fn column_blocks(&self, n: usize) -> usize {
        n.div_ceil(self.columns)
    }

    /// Blocks of `rows` rows.
    pub(crate) fn row_blocks(&self, rows: usize) -> usize {
        rows.div_ceil(self.rows)
    }

    /// Blocks of rows and columns.
    pub(crate) fn pieces(&self, rows: usize, n: usize) -> usize {
        self.row_blocks(rows) * self.column_blocks(n)
    }
}

/// The size of even parts of `total`, a multiple of `unit` near `most`.
pub(crate) fn even(total: usize, most: usize, unit: usize) -> usize {
    let parts = total.div_ceil(most).max(1);
    total.div_ceil(parts).next_multiple_of(unit).max(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_products_give_enough_pieces() {
        for (rows, k, n) in
            [(12544, 64, 256), (6272, 512, 128), (392, 2048, 512), (49, 2048, 512), (1, 2048, 1000)]
        {
            let cut = Cut::new(rows, k, n);
            let work = rows * k * n;
            assert!(cut.pieces(rows, n) >= (work / LEAST_WORK / 4).clamp(1, 14), "{rows} {k} {n}: {cut:?}");
        }
    }

    #[test]
    fn parts_are_even() {
        assert_eq!(even(100, 60, 14), 56);
        assert_eq!(even(10, 60, 14), 14);
        assert_eq!(even(960, 300, 32), 256);
    }
}

//! The right-hand matrix of a product in panels of [`PANEL`] columns, each panel row by row; what lies beside the last
//! column is multiplied, but never stored.

use std::ops::Range;

use super::tile::PANEL;
use crate::Pool;
use crate::aligned::Aligned;
use crate::disjoint::Disjoint;

/// Rows of a panel that are laid out as one piece of work.
const PIECE_ROWS: usize = 1024;
/// Rows of a panel that stay in the nearest cache while its columns are visited.
const NEAR_ROWS: usize = 64;

/// The right-hand matrix `[k, n]`, laid out for the micro-kernel once and used many times.
#[derive(Clone)]
pub struct Packed {
    k: usize,
    n: usize,
    panels: Aligned,
}

impl Packed {
    /// Room for a `[k, n]` matrix, zero until [`pack`](Self::pack) or [`pack_transposed`](Self::pack_transposed).
    pub fn new(k: usize, n: usize) -> Self {
        Self { k, n, panels: Aligned::new(n.div_ceil(PANEL) * k * PANEL) }
    }

    /// Room for a matrix of another size, holding anything; allocates when it has not been as large before.
    pub(crate) fn reshape(&mut self, k: usize, n: usize) {
        (self.k, self.n) = (k, n);
        self.panels.at_least(n.div_ceil(PANEL) * k * PANEL);
    }

    /// Rows of the matrix.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Columns of the matrix.
    pub fn n(&self) -> usize {
        self.n
    }

    /// From row-major `b: [k, n]`. Allocates nothing.
    pub fn pack(&mut self, pool: &Pool, b: &[f32]) {
        assert_eq!(b.len(), self.k * self.n, "a matrix [{}, {}] expected", self.k, self.n);
        let n = self.n;
        self.fill_rows(pool, |row| &b[row * n..(row + 1) * n]);
    }

    /// From row-major `b: [n, k]`. Allocates nothing.
    pub fn pack_transposed(&mut self, pool: &Pool, b: &[f32]) {
        assert_eq!(b.len(), self.k * self.n, "a matrix [{}, {}] expected", self.n, self.k);
        let k = self.k;
        self.fill_columns(pool, k, |column, _| &b[column * k..(column + 1) * k]);
    }

    /// From a slice for each row.
    pub(crate) fn fill_rows<'a>(&mut self, pool: &Pool, row: impl Fn(usize) -> &'a [f32] + Sync) {
        self.fill(pool, |columns, rows, panel| {
            for (to, r) in panel.chunks_exact_mut(PANEL).zip(rows) {
                to[..columns.len()].copy_from_slice(&row(r)[columns.clone()]);
            }
        });
    }

    /// From a slice for each column and each run of `run_len` of its rows.
    pub(crate) fn fill_columns<'a>(
        &mut self,
        pool: &Pool,
        run_len: usize,
        run: impl Fn(usize, usize) -> &'a [f32] + Sync,
    ) {
        self.fill(pool, |columns, rows, panel| {
            let mut at = rows.start;
            for panel in panel.chunks_mut(NEAR_ROWS * PANEL) {
                let end = at + panel.len() / PANEL;
                for column in columns.clone() {
                    let lane = column % PANEL;
                    let mut to = panel.chunks_exact_mut(PANEL);
                    let mut row = at;
                    while row < end {
                        let (nth, within) = (row / run_len, row % run_len);
                        let part = &run(column, nth)[within..run_len.min(within + end - row)];
                        part.iter().zip(&mut to).for_each(|(value, to)| to[lane] = *value);
                        row += part.len();
                    }
                }
                at = end;
            }
        });
    }

    /// Lets `fill` write parts of panels, given the columns and rows that they hold.
    fn fill(&mut self, pool: &Pool, fill: impl Fn(Range<usize>, Range<usize>, &mut [f32]) + Sync) {
        let (k, n) = (self.k, self.n);
        let panels = Disjoint::new(&mut self.panels.as_mut_slice()[..n.div_ceil(PANEL) * k * PANEL]);
        let parts = k.div_ceil(PIECE_ROWS);
        pool.run(n.div_ceil(PANEL) * parts, |piece| {
            let (panel, first) = (piece / parts, piece % parts * PIECE_ROWS);
            let rows = first..k.min(first + PIECE_ROWS);
            // SAFETY: no two pieces share rows of a panel.
            let part =
                unsafe { panels.part((panel * k + rows.start) * PANEL..(panel * k + rows.end) * PANEL) };
            fill(panel * PANEL..n.min((panel + 1) * PANEL), rows, part);
        });
    }

    /// The panels from the one that begins at `column` (a multiple of [`PANEL`]) on.
    pub(crate) fn panels(&self, column: usize) -> &[f32] {
        &self.panels.as_slice()[column / PANEL * self.k * PANEL..]
    }
}

//! The right-hand matrix of a product in panels of [`PANEL`] columns, each panel row by row, zeros beside the last.

use super::tile::PANEL;
use crate::aligned::Aligned;

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
    pub fn pack(&mut self, b: &[f32]) {
        assert_eq!(b.len(), self.k * self.n, "a matrix [{}, {}] expected", self.k, self.n);
        let n = self.n;
        self.fill_rows(|row| &b[row * n..(row + 1) * n]);
    }

    /// From row-major `b: [n, k]`. Allocates nothing.
    pub fn pack_transposed(&mut self, b: &[f32]) {
        assert_eq!(b.len(), self.k * self.n, "a matrix [{}, {}] expected", self.n, self.k);
        let k = self.k;
        self.fill_columns(|column, row| b[column * k + row]);
    }

    /// From a slice for each row.
    pub(crate) fn fill_rows<'a>(&mut self, row: impl Fn(usize) -> &'a [f32]) {
        let (k, n) = (self.k, self.n);
        let panels = self.panels.as_mut_slice();
        for r in 0..k {
            for (panel, columns) in row(r)[..n].chunks(PANEL).enumerate() {
                let at = (panel * k + r) * PANEL;
                panels[at..at + columns.len()].copy_from_slice(columns);
            }
        }
    }

    /// From the value at each column and row, a column at a time.
    pub(crate) fn fill_columns(&mut self, value: impl Fn(usize, usize) -> f32) {
        let (k, n) = (self.k, self.n);
        let panels = self.panels.as_mut_slice();
        // Blocks of rows keep the panel's lines near while its columns are visited.
        const BLOCK: usize = 64;
        for panel in 0..n.div_ceil(PANEL) {
            for first in (0..k).step_by(BLOCK) {
                for column in panel * PANEL..n.min((panel + 1) * PANEL) {
                    for row in first..k.min(first + BLOCK) {
                        panels[(panel * k + row) * PANEL + column % PANEL] = value(column, row);
                    }
                }
            }
        }
    }

    /// The panels from the one that begins at `column` (a multiple of [`PANEL`]) on.
    pub(crate) fn panels(&self, column: usize) -> &[f32] {
        &self.panels.as_slice()[column / PANEL * self.k * PANEL..]
    }
}

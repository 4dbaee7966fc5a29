//! `out = aᵀ · g` of plain matrices: the weight gradient of a dense layer or a pointwise convolution.

use std::ops::Range;

use super::row_sum::{BLOCK_K, PASS_ROWS, PASS_RUNS, RowRuns, RowSource, Sum};
use super::tile::{Kernels, Run, Start};
use crate::aligned::LINE;
use crate::disjoint::Disjoint;
use crate::{Isa, Pool, Write};

/// Floats from row to row that make it worth copying a part of each.
const DISTANT: usize = 768;

/// `out = aᵀ · g` with `a: [rows, k]`, `g: [rows, n]`, `out: [k, n]`, reduced over rows in a fixed order.
/// `scratch` has [`transposed_scratch`] floats or more, holding anything.
pub fn multiply_transposed(
    pool: &Pool,
    rows: usize,
    k: usize,
    n: usize,
    a: &[f32],
    g: &[f32],
    scratch: &mut [f32],
    out: &mut [f32],
) {
    assert_eq!(a.len(), rows * k, "a is not [{rows}, {k}]");
    assert_eq!(g.len(), rows * n, "g is not [{rows}, {n}]");
    // SAFETY: the rows that `Plain` tells are inside `a`, whose length is checked above.
    unsafe { Sum::plain(rows, k, n).run(pool, &Plain { a, k }, g, scratch, out) };
}

/// Floats of scratch that [`multiply_transposed`] needs; never fewer for more rows.
pub fn transposed_scratch(rows: usize, k: usize, n: usize) -> usize {
    Sum::plain(rows, k, n).scratch()
}

/// `out = aᵀ · g`, or `out += aᵀ · g`, on this thread: for a few rows that are in the cache. `scratch` has
/// [`rows_scratch`] floats.
pub(crate) fn transposed_rows(
    isa: Isa,
    a: &[f32],
    g: &[f32],
    [k, n]: [usize; 2],
    write: Write,
    scratch: &mut [f32],
    out: &mut [f32],
) {
    let rows = a.len() / k;
    assert_eq!(
        (a.len(), g.len(), out.len()),
        (rows * k, rows * n, k * n),
        "not a [{rows}, {k}] and a [{rows}, {n}]"
    );
    let start = if write == Write::Add { Start::Output } else { Start::Zero };
    let (sum, out) = (Sum::plain(rows, k, n), Disjoint::new(out));
    let cut = sum.output_cut(BLOCK_K);
    for block in 0..sum.blocks(&cut).iter().product() {
        let part = sum.part(&cut, block);
        // SAFETY: the rows of `a` are there by the assertion; this thread alone has `out`.
        unsafe { sum.add_part(Kernels::of(isa), &cut, &part, start, &Plain { a, k }, g, scratch, &out) };
    }
}

/// Floats of scratch that [`transposed_rows`] needs for up to so many rows.
pub(crate) fn rows_scratch(rows: usize, k: usize, n: usize) -> usize {
    let sum = Sum::plain(rows, k, n);
    let cut = sum.output_cut(BLOCK_K);
    sum.panel_floats(&cut) + Plain { a: &[], k }.scratch(cut.within)
}

impl Sum {
    fn plain(rows: usize, k: usize, n: usize) -> Self {
        Self { units: rows, unit_rows: 1, pass_units: PASS_ROWS, groups: 1, segments: 1, segment_len: k, n }
    }
}

/// The rows of a matrix.
struct Plain<'a> {
    a: &'a [f32],
    k: usize,
}

impl Plain<'_> {
    /// Whether a part of each row is copied: rows so far apart fall on few lines of the nearest cache, and each on
    /// another page of memory.
    fn copies(&self, within: usize) -> bool {
        within < self.k && self.k >= DISTANT
    }

    fn copy_step(within: usize) -> usize {
        within.next_multiple_of(LINE) + LINE
    }
}

impl RowSource for Plain<'_> {
    fn scratch(&self, within: usize) -> usize {
        if self.copies(within) { PASS_ROWS * Self::copy_step(within) } else { 0 }
    }

    fn prepare(&self, units: Range<usize>, within: Range<usize>, scratch: &mut [f32]) {
        if self.copies(within.len()) {
            let rows = self.a.chunks_exact(self.k).skip(units.start).take(units.len());
            for (row, copy) in rows.zip(scratch.chunks_exact_mut(Self::copy_step(within.len()))) {
                copy[..within.len()].copy_from_slice(&row[within.clone()]);
            }
        }
    }

    fn runs(
        &self,
        _group: usize,
        _segment: usize,
        units: Range<usize>,
        within: Range<usize>,
        scratch: &[f32],
    ) -> RowRuns {
        let (a, step) = if self.copies(within.len()) {
            (scratch.as_ptr().wrapping_sub(within.start), Self::copy_step(within.len()))
        } else {
            (self.a[units.start * self.k..].as_ptr(), self.k)
        };
        RowRuns { a, step, runs: [Run::default(); PASS_RUNS], count: 1, len: units.len() }
    }
}

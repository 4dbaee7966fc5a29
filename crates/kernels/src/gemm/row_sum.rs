//! Weight gradients: `out = aᵀ · g`, a sum over rows, of plain matrices (`transposed`) and of convolutions (`conv`).
//!
//! Rows come in units (a row, or an output line of a convolution). They are cut in chunks that depend on the size
//! of the problem alone; each chunk sums into its own copy of the output, and the copies are added in their order.

use std::ops::Range;

use super::cut::even;
use super::tile::{Kernels, Outer, PANEL, Run, Start};
use crate::disjoint::Disjoint;
use crate::{Pool, elementwise};

/// Pieces enough to keep 16 threads busy.
const PIECES: usize = 16;
/// Multiply-adds that are worth handing to another thread.
const LEAST_WORK: usize = 1 << 20;
/// Floats that all the partial sums together may take.
const MOST_PARTIAL: usize = 1 << 21;
/// Outputs of more floats than this do not stay in the cache, so that it takes many rows to pay for another copy.
const LARGE_OUTPUT: usize = 1 << 16;
const CHUNK_ROWS: usize = 192;
const LARGE_CHUNK_ROWS: usize = 1536;
/// Rows whose panel of `g` stays in the nearest cache while it meets all columns of `a`.
pub(super) const PASS_ROWS: usize = 192;
/// The most runs of rows in a pass.
pub(crate) const PASS_RUNS: usize = 64;
/// Rows and columns of the output that one piece sums.
pub(super) const BLOCK_K: usize = 256;
const LEAST_BLOCK_K: usize = 64;
const BLOCK_N: usize = 128;
/// Where the rows of `a` come from.
pub(crate) trait RowSource: Sync {
    /// Floats of thread scratch that [`prepare`](Self::prepare) fills, for blocks of `within` floats of a segment.
    fn scratch(&self, within: usize) -> usize;

    /// Makes the floats `within` of the segments of some units' rows readable.
    fn prepare(&self, units: Range<usize>, within: Range<usize>, scratch: &mut [f32]);

    /// Where one segment of these rows begins; of it only `within` was prepared, with this `scratch`.
    fn runs(
        &self,
        group: usize,
        segment: usize,
        units: Range<usize>,
        within: Range<usize>,
        scratch: &[f32],
    ) -> RowRuns;
}

/// Runs of `len` rows at a constant step.
pub(crate) struct RowRuns {
    pub(crate) a: *const f32,
    pub(crate) step: usize,
    pub(crate) runs: [Run; PASS_RUNS],
    pub(crate) count: usize,
    pub(crate) len: usize,
}

/// Output lines of a convolution that are about [`PASS_ROWS`] rows of `width`.
pub(crate) fn pass_lines(width: usize) -> usize {
    (PASS_ROWS / width.max(1)).clamp(1, PASS_RUNS)
}

/// The shape of a sum over rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) units: usize,
    /// Rows of `g` in a unit.
    pub(crate) unit_rows: usize,
    /// The most units of one pass.
    pub(crate) pass_units: usize,
    pub(crate) groups: usize,
    /// Runs of floats that make up a row of `a` of one group.
    pub(crate) segments: usize,
    pub(crate) segment_len: usize,
    /// Columns of `g` of one group.
    pub(crate) n: usize,
}

/// How many segments, floats of a segment, columns and units a piece has; the last ones may have fewer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    segments: usize,
    pub(super) within: usize,
    columns: usize,
    units: usize,
}

/// Rows and columns of the output that one piece sums, and over which units.
pub(super) struct Part {
    chunk: usize,
    group: usize,
    segments: Range<usize>,
    within: Range<usize>,
    columns: Range<usize>,
    units: Range<usize>,
}

impl Sum {
    /// Rows of one group's output.
    fn k(&self) -> usize {
        self.segments * self.segment_len
    }

    /// Values of the whole output.
    fn outputs(&self) -> usize {
        self.k() * self.n * self.groups
    }

    /// Multiply-adds of the whole sum.
    fn work(&self) -> usize {
        self.units * self.unit_rows * self.outputs()
    }

    /// Chunks of units that are worthwhile; never fewer for more units.
    fn most_chunks(&self) -> usize {
        let rows = self.units * self.unit_rows;
        let least_rows = if self.outputs() > LARGE_OUTPUT { LARGE_CHUNK_ROWS } else { CHUNK_ROWS };
        let by_work = self.work() / LEAST_WORK;
        let by_room = MOST_PARTIAL / self.outputs().max(1);
        PIECES.min(by_work).min(by_room).min(rows / least_rows).max(1)
    }

    fn cut(&self) -> Cut {
        let mut block_k = BLOCK_K;
        let worthwhile = PIECES.min(self.work() / LEAST_WORK);
        while block_k > LEAST_BLOCK_K && self.output_pieces(block_k) * self.most_chunks() < worthwhile {
            block_k /= 2;
        }
        let chunks = PIECES.div_ceil(self.output_pieces(block_k).max(1)).min(self.most_chunks());
        Cut { units: self.units.div_ceil(chunks).max(1), ..self.output_cut(block_k) }
    }

    /// The cut of the output, all units in one.
    pub(super) fn output_cut(&self, block_k: usize) -> Cut {
        let within = even(self.segment_len, block_k, 1);
        let segments = (block_k / within).clamp(1, self.segments.max(1));
        Cut { segments, within, columns: even(self.n, BLOCK_N, PANEL), units: self.units }
    }

    fn output_pieces(&self, block_k: usize) -> usize {
        self.blocks(&self.output_cut(block_k)).iter().product::<usize>() * self.groups
    }

    /// Blocks of the output: of segments, within segments, of columns.
    pub(super) fn blocks(&self, cut: &Cut) -> [usize; 3] {
        [
            self.segments.div_ceil(cut.segments),
            self.segment_len.div_ceil(cut.within),
            self.n.div_ceil(cut.columns),
        ]
    }

    /// Floats of scratch for the partial sums; never fewer for more units.
    pub(crate) fn scratch(&self) -> usize {
        if self.most_chunks() == 1 { 0 } else { self.most_chunks() * self.outputs() }
    }

    /// Floats of thread scratch for one pass's panels of `g`.
    pub(super) fn panel_floats(&self, cut: &Cut) -> usize {
        self.pass_units * self.unit_rows * cut.columns
    }

    /// Sums over all units.
    ///
    /// # Safety
    /// All floats of the rows that `source` tells must be readable.
    pub(crate) unsafe fn run(
        &self,
        pool: &Pool,
        source: &impl RowSource,
        g: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) {
        assert_eq!(out.len(), self.outputs(), "out is not [{}, {}]", self.k(), self.n * self.groups);
        assert!(scratch.len() >= self.scratch(), "scratch is shorter than {} floats", self.scratch());
        if out.is_empty() || self.units * self.unit_rows == 0 {
            return out.fill(0.0);
        }
        let cut = self.cut();
        let chunks = self.units.div_ceil(cut.units);
        let target = if chunks == 1 { &mut *out } else { &mut scratch[..chunks * self.outputs()] };
        let target = Disjoint::new(target);
        let pieces = chunks * self.blocks(&cut).iter().product::<usize>() * self.groups;
        let panel_floats = self.panel_floats(&cut);
        pool.run_with_scratch(pieces, panel_floats + source.scratch(cut.within), |piece, scratch| {
            let (part, kernels) = (self.part(&cut, piece), Kernels::of(pool.isa()));
            // SAFETY: parts of different pieces do not overlap; the caller promises that the rows are readable.
            unsafe { self.add_part(kernels, &cut, &part, Start::Zero, source, g, scratch, &target) };
        });
        if chunks > 1 {
            elementwise::add_up(pool, &scratch[..chunks * self.outputs()], out);
        }
    }

    /// Sums one part over its units, on this thread.
    ///
    /// # Safety
    /// No other thread may use the part of `target`; the rows of `source` must be readable.
    pub(super) unsafe fn add_part(
        &self,
        kernels: &'static Kernels,
        cut: &Cut,
        part: &Part,
        start: Start,
        source: &impl RowSource,
        g: &[f32],
        scratch: &mut [f32],
        target: &Disjoint,
    ) {
        let (panels, row_scratch) = scratch.split_at_mut(self.panel_floats(cut));
        for unit in part.units.clone().step_by(self.pass_units) {
            let units = unit..part.units.end.min(unit + self.pass_units);
            source.prepare(units.clone(), part.within.clone(), row_scratch);
            let start = if unit == part.units.start { start } else { Start::Output };
            let pass = Pass { sum: self, kernels, part, units, start };
            // SAFETY: the caller's promise.
            unsafe { pass.run(source, g, panels, row_scratch, target) };
        }
    }

    pub(super) fn part(&self, cut: &Cut, piece: usize) -> Part {
        let [segment_blocks, within_blocks, column_blocks] = self.blocks(cut);
        let span = |block: usize, size: usize, total: usize| block * size..total.min((block + 1) * size);
        let (piece, within) = (piece / within_blocks, piece % within_blocks);
        let (piece, segments) = (piece / segment_blocks, piece % segment_blocks);
        let (piece, columns) = (piece / column_blocks, piece % column_blocks);
        let (chunk, group) = (piece / self.groups, piece % self.groups);
        Part {
            chunk,
            group,
            segments: span(segments, cut.segments, self.segments),
            within: span(within, cut.within, self.segment_len),
            columns: span(columns, cut.columns, self.n),
            units: span(chunk, cut.units, self.units),
        }
    }
}

/// Adds the products of some units to one part of the output.
struct Pass<'a> {
    sum: &'a Sum,
    kernels: &'static Kernels,
    part: &'a Part,
    units: Range<usize>,
    start: Start,
}

impl Pass<'_> {
    /// # Safety
    /// No other thread may use the part of `target`; the rows of `source` must be readable.
    unsafe fn run(
        &self,
        source: &impl RowSource,
        g: &[f32],
        panels: &mut [f32],
        row_scratch: &[f32],
        target: &Disjoint,
    ) {
        let Self { sum, part, .. } = *self;
        let row_len = sum.n * sum.groups;
        let g_rows = &g[self.units.start * sum.unit_rows * row_len..self.units.end * sum.unit_rows * row_len];
        let panel_len = self.units.len() * sum.unit_rows * PANEL;
        let first = part.group * sum.n + part.columns.start;
        fill_panels(g_rows, row_len, first..first + part.columns.len(), panel_len, panels);
        for segment in part.segments.clone() {
            let rows = source.runs(part.group, segment, self.units.clone(), part.within.clone(), row_scratch);
            for column in part.columns.clone().step_by(self.kernels.width) {
                let within = column - part.columns.start;
                let g = panels[within / PANEL * panel_len + within % PANEL..].as_ptr();
                let columns = column..part.columns.end.min(column + self.kernels.width);
                // SAFETY: the caller's promise; the panel holds a row for each row of the units.
                unsafe { self.tiles(segment, &rows, g, columns, target) };
            }
        }
    }

    /// The tiles down one segment.
    ///
    /// # Safety
    /// As [`Pass::run`], and `g` must be a panel of as many rows.
    unsafe fn tiles(
        &self,
        segment: usize,
        rows: &RowRuns,
        g: *const f32,
        columns: Range<usize>,
        target: &Disjoint,
    ) {
        let Self { sum, part, kernels, .. } = *self;
        let row_len = sum.n * sum.groups;
        let corner = part.chunk * sum.outputs() + part.group * sum.n + columns.start;
        let tiles = part.within.len().div_ceil(kernels.outer_rows);
        let (short, long_tiles) = (part.within.len() / tiles, part.within.len() % tiles);
        let mut at = part.within.start;
        for tile in 0..tiles {
            let count = short + usize::from(tile < long_tiles);
            let out = corner + (segment * sum.segment_len + at) * row_len;
            let outer = Outer {
                a: rows.a.wrapping_add(at),
                a_step: rows.step,
                runs: &rows.runs[..rows.count],
                run_len: rows.len,
                g,
                out: target.as_mut_ptr().wrapping_add(out),
                out_step: row_len,
                columns: columns.len(),
                start: self.start,
            };
            // SAFETY: the caller's promise; the kernel is one of a supported instruction set.
            unsafe { (kernels.outer)(count, columns.len())(&outer) };
            at += count;
        }
    }
}

/// Copies some columns of every row into panels: [`PANEL`] columns of every row, zeros beside the last.
fn fill_panels(rows: &[f32], row_len: usize, columns: Range<usize>, panel_len: usize, panels: &mut [f32]) {
    for (first, panel) in columns.clone().step_by(PANEL).zip(panels.chunks_exact_mut(panel_len)) {
        let width = PANEL.min(columns.end - first);
        for (row, line) in rows.chunks_exact(row_len).zip(panel.chunks_exact_mut(PANEL)) {
            if width == PANEL {
                line.copy_from_slice(&row[first..first + PANEL]);
            } else {
                line[..width].copy_from_slice(&row[first..first + width]);
                line[width..].fill(0.0);
            }
        }
    }
}

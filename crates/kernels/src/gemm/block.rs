//! Walks the micro-kernels over a block: many rows by many panels of columns.
//!
//! Panels are the outer loop, so that one of them stays in the nearest cache while the rows pass.

use std::ops::Range;

use super::tile::{Kernels, PANEL, Start, Tile};
use crate::activation::{self, Activation};
use crate::{Epilogue, Isa, Pool};

/// Rows of the packed matrix that are multiplied in one go: a panel of them is a quarter of a megabyte. More, and a
/// panel would leave the second-level cache before the next rows of `a` meet it.
const SLICE_LEN: usize = 2048;

/// Floats of the panels that each tile's rows meet in turn, so that they are read, and the output written, once.
const STRIP_FLOATS: usize = 1 << 15;
/// Rows of the largest tile, and how far ahead of it rows are fetched at least, in floats.
const TILE_ROWS: usize = 14;
const FETCH_FLOATS: usize = 2048;

/// Where the rows of a block lie: a product of pictures, lines and positions, each at a constant step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) pictures: usize,
    pub(crate) lines: usize,
    pub(crate) width: usize,
}

/// Steps in floats between the pictures, lines and positions of [`Rows`] in one buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Steps {
    pub(crate) picture: usize,
    pub(crate) line: usize,
    pub(crate) position: usize,
}

impl Steps {
    /// Of pictures `[height, width, channels]` one after the other.
    pub(crate) fn dense([height, width]: [usize; 2], channels: usize) -> Self {
        Self { picture: height * width * channels, line: width * channels, position: channels }
    }

    fn at(&self, rows: &Rows, line: usize, position: usize) -> usize {
        let (picture, line) =
            if rows.pictures == 1 { (0, line) } else { (line / rows.lines, line % rows.lines) };
        picture * self.picture + line * self.line + position * self.position
    }
}

/// One block of `c = finish(a · b)`.
pub(crate) struct Block<'a> {
    pub(crate) rows: Rows,
    pub(crate) a: *const f32,
    pub(crate) a_steps: Steps,
    pub(crate) segments: &'a [usize],
    pub(crate) segment_len: usize,
    /// The first panel of the block's columns, whole panels of all the segments' rows.
    pub(crate) b: &'a [f32],
    /// The first output value of the block.
    pub(crate) c: *mut f32,
    pub(crate) c_steps: Steps,
    pub(crate) columns: usize,
    pub(crate) start: Start,
    pub(crate) finish: Finish,
}

/// The epilogue as a block's first column sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    pub(crate) bias: *const f32,
    /// The residual of the block's first output value, laid out as the output; or null.
    pub(crate) residual: *const f32,
    pub(crate) low: f32,
    pub(crate) high: f32,
}

impl Finish {
    /// Sums as they are.
    pub(crate) const NONE: Self = Self {
        bias: std::ptr::null(),
        residual: std::ptr::null(),
        low: f32::NEG_INFINITY,
        high: f32::INFINITY,
    };

    /// What of `epilogue` is done in registers, for a block that begins at `column` and output index `at`.
    pub(crate) fn new(epilogue: &Epilogue, column: usize, at: usize) -> Self {
        let (low, high) = match epilogue.activation {
            Activation::Relu => (0.0, f32::INFINITY),
            Activation::Relu6 => (0.0, 6.0),
            _ => (f32::NEG_INFINITY, f32::INFINITY),
        };
        let from = |values: Option<&[f32]>, start| values.map_or(std::ptr::null(), |v| v[start..].as_ptr());
        Self { bias: from(epilogue.bias, column), residual: from(epilogue.residual, at), low, high }
    }
}

/// Whether `activation` is left to [`activate`] because the micro-kernels only clamp.
pub(crate) fn needs_second_pass(activation: Activation) -> bool {
    !matches!(activation, Activation::Linear | Activation::Relu | Activation::Relu6)
}

impl Block<'_> {
    /// Computes the block.
    ///
    /// # Safety
    /// `a` at every row and segment must be readable, `c` at every row and column writable by this thread alone,
    /// `b` must hold the panels of all columns, and `finish` must reach as far as `c`.
    pub(crate) unsafe fn multiply(&self, isa: Isa) {
        let kernels = Kernels::of(isa);
        let k = self.segments.len() * self.segment_len;
        assert!(self.b.len() >= self.columns.div_ceil(PANEL) * k * PANEL, "too few panels");
        let mut at = 0;
        loop {
            let slice = self.slice(at);
            let end = at + slice.segments.len() * slice.len;
            let finish = if end == k { self.finish } else { Finish::NONE };
            let start = if at == 0 { self.start } else { Start::Output };
            let panel_len = (end - at) * PANEL;
            let strip_columns = (STRIP_FLOATS / panel_len.max(1)).max(1) * PANEL;
            for first in (0..self.columns).step_by(strip_columns) {
                let columns = first..self.columns.min(first + strip_columns);
                let strip = Strip { block: self, slice, at, k, columns, start, finish };
                // SAFETY: the caller's promise; the panels are there by the assertion.
                unsafe { strip.multiply(kernels) };
            }
            at = end;
            if at == k {
                return;
            }
        }
    }

    /// The part of the rows from `at` on that is multiplied in one go.
    fn slice(&self, at: usize) -> Slice<'_> {
        if self.segment_len <= SLICE_LEN || self.segments.is_empty() {
            let count = (SLICE_LEN / self.segment_len.max(1)).max(1);
            let first = at / self.segment_len.max(1);
            let segments = &self.segments[first..self.segments.len().min(first + count)];
            return Slice { segments, skipped: 0, len: self.segment_len };
        }
        let even = self.segment_len.div_ceil(self.segment_len.div_ceil(SLICE_LEN));
        let (segment, skipped) = (at / self.segment_len, at % self.segment_len);
        let len = even.min(self.segment_len - skipped);
        Slice { segments: &self.segments[segment..=segment], skipped, len }
    }

    /// Where the micro-kernel should fetch from, and in which steps, while it computes a tile whose rows begin `at`.
    ///
    /// Rows that lie one after the other are fetched some time before the first columns meet them, because the
    /// processor does not foresee an access that goes down many rows at once.
    fn fetch(&self, at: usize) -> (*const f32, usize) {
        let rows_touch = self.segments.len() == 1 && self.a_steps.position == self.segment_len;
        if !rows_touch {
            return (self.b.as_ptr(), 0);
        }
        (self.a.wrapping_add(at + (TILE_ROWS * self.segment_len).max(FETCH_FLOATS)), TILE_ROWS)
    }

    /// Applies to the block's output an activation that the micro-kernels do not know.
    ///
    /// # Safety
    /// As [`Block::multiply`].
    pub(crate) unsafe fn activate(&self, pool: &Pool, activation: Activation) {
        if !needs_second_pass(activation) {
            return;
        }
        let Rows { pictures, lines, width } = self.rows;
        let whole = self.c_steps.position == self.columns;
        let (spans, len) = if whole { (1, width * self.columns) } else { (width, self.columns) };
        for line in 0..pictures * lines {
            for span in 0..spans {
                let c = self.c.wrapping_add(self.c_steps.at(&self.rows, line, span));
                // SAFETY: these are output values of the block, this thread's alone.
                let values = unsafe { std::slice::from_raw_parts_mut(c, len) };
                activation::forward_in_place(pool, activation, values);
            }
        }
    }
}

/// A part of every row: `len` floats of some segments, the first `skipped` left out.
#[derive(Clone, Copy)]
struct Slice<'a> {
    segments: &'a [usize],
    skipped: usize,
    len: usize,
}

/// All rows of a block by some columns, for one slice of `k`.
struct Strip<'a> {
    block: &'a Block<'a>,
    slice: Slice<'a>,
    /// Where the slice begins in the `k` rows of the packed matrix.
    at: usize,
    k: usize,
    columns: Range<usize>,
    start: Start,
    finish: Finish,
}

impl Strip<'_> {
    /// # Safety
    /// As [`Block::multiply`].
    unsafe fn multiply(&self, kernels: &Kernels) {
        let Rows { pictures, lines, width } = self.block.rows;
        // A line is cut in groups of two lengths that differ by one. Groups of one length are paired.
        let groups = width.div_ceil(kernels.group_rows);
        let (short, long_groups) = (width / groups, width % groups);
        for (first, count, rows) in
            [(0, long_groups, short + 1), (long_groups * (short + 1), groups - long_groups, short)]
        {
            let mut left = pictures * lines * count;
            let mut places = Places { block: self.block, first, count, rows, line: 0, nth: 0 };
            while left > 0 {
                let together = kernels.groups.min(left);
                let one = places.next();
                let places = if together == 2 { [one, places.next()] } else { [one, one] };
                for column in self.columns.clone().step_by(kernels.width) {
                    let columns = kernels.width.min(self.columns.end - column);
                    let kernel = (kernels.tile)(together, rows, columns);
                    // SAFETY: the caller's promise, narrowed to one tile of a supported instruction set.
                    unsafe { kernel(&self.tile(places, column, columns)) };
                }
                left -= together;
            }
        }
    }

    /// The tile of groups that begin at these distances in `a` and `c`.
    fn tile(&self, places: [(usize, usize); 2], column: usize, columns: usize) -> Tile<'_> {
        let block = self.block;
        let Finish { bias, residual, low, high } = self.finish;
        let b = block.b.as_ptr().wrapping_add((column / PANEL * self.k + self.at) * PANEL + column % PANEL);
        let (ahead, ahead_step) = if column == 0 { block.fetch(places[0].0) } else { (b, 0) };
        let from = |start: *const f32, at| if start.is_null() { start } else { start.wrapping_add(at) };
        Tile {
            a: places.map(|(a, _)| block.a.wrapping_add(a + self.slice.skipped)),
            a_step: block.a_steps.position,
            segments: self.slice.segments,
            segment_len: self.slice.len,
            b,
            c: places.map(|(_, c)| block.c.wrapping_add(c + column)),
            c_step: block.c_steps.position,
            columns,
            ahead,
            ahead_step,
            start: self.start,
            bias: from(bias, column),
            residual: places.map(|(_, c)| from(residual, c + column)),
            low,
            high,
        }
    }
}

/// The places of a block's groups of one length, line by line.
struct Places<'a> {
    block: &'a Block<'a>,
    /// The position of a line's first group.
    first: usize,
    /// Groups of a line.
    count: usize,
    rows: usize,
    line: usize,
    nth: usize,
}

impl Places<'_> {
    /// How far into `a` and `c` the next group begins.
    fn next(&mut self) -> (usize, usize) {
        let position = self.first + self.nth * self.rows;
        let Block { rows, a_steps, c_steps, .. } = self.block;
        let place = (a_steps.at(rows, self.line, position), c_steps.at(rows, self.line, position));
        self.nth += 1;
        if self.nth == self.count {
            (self.line, self.nth) = (self.line + 1, 0);
        }
        place
    }
}

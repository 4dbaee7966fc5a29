//! A correlation as a matrix product: pieces of output lines and columns, rows read through a [`Walk`].

use std::ops::Range;

use super::walk::{Offsets, Walk};
use crate::disjoint::Disjoint;
use crate::gemm::block::{Block, Finish, Rows, Steps};
use crate::gemm::cut::{Cut, even};
use crate::gemm::tile::Start;
use crate::gemm::{self, Packed};
use crate::{Epilogue, Pool, Write};

/// Weights and the way from input to output.
#[derive(Clone)]
pub(super) struct Correlation {
    pub(super) walk: Walk,
    segments: Offsets,
    /// A matrix `[taps * channels / groups, n]` for each group.
    pub(super) weights: Vec<Packed>,
    /// Where the output of the first position begins in a picture's output.
    first: usize,
    /// How the output positions lie in the output.
    steps: Steps,
    /// Output values of a picture, those of other correlations included.
    picture_len: usize,
}

/// Which output lines a piece has.
#[derive(Clone, Copy)]
struct Lines {
    pictures: usize,
    lines: usize,
}

impl Correlation {
    /// With weights of zero, `n` output channels a group, and an output that is `steps` apart from `first` on.
    pub(super) fn new(walk: Walk, n: usize, first: usize, steps: Steps) -> Self {
        let k = walk.axes[0].taps * walk.axes[1].taps * (walk.channels / walk.groups);
        let weights = (0..walk.groups).map(|_| Packed::new(k, n)).collect();
        Self { walk, segments: walk.segments(), weights, first, steps, picture_len: steps.picture }
    }

    /// Output channels of one group.
    fn n(&self) -> usize {
        self.weights[0].n()
    }

    /// `y = epilogue(sums)` or `y += sums`; lengths are checked by the door.
    pub(super) fn run(
        &self,
        pool: &Pool,
        batch: usize,
        x: &[f32],
        epilogue: &Epilogue,
        write: Write,
        y: &mut [f32],
    ) {
        let [height, width] = self.walk.axes.map(|axis| axis.output);
        if self.walk.is_plain() && self.steps == Steps::dense([height, width], self.n()) {
            return gemm::multiply(pool, batch * height * width, x, &self.weights[0], epilogue, write, y);
        }
        let positions = height * width;
        let nothing_to_add = write == Write::Add && self.walk.has_no_taps();
        if batch * positions * self.n() == 0 || nothing_to_add {
            return;
        }
        let row_floats = self.walk.position_step() * self.walk.axes[0].stride;
        let (k, n) = (self.weights[0].k(), self.n() * self.walk.groups);
        let cut_rows = if self.walk.copies() { Cut::of_copied_rows } else { Cut::with_row_floats };
        let cut = cut_rows(batch * positions, row_floats, k, n);
        let lines = Lines::new(&cut, batch, [height, width]);
        let columns = if self.walk.groups == 1 { cut.columns } else { self.n() };
        let line_blocks = height.div_ceil(lines.lines);
        let row_blocks = batch.div_ceil(lines.pictures) * line_blocks;
        let scratch = if self.walk.copies() { lines.pictures * self.walk.copy_len(lines.lines) } else { 0 };
        let y = Disjoint::new(y);
        pool.run_with_scratch(row_blocks * self.n().div_ceil(columns), scratch, |piece, scratch| {
            let column = piece / row_blocks * columns;
            let (pictures, line) = (piece % row_blocks / line_blocks, piece % line_blocks * lines.lines);
            let picture = pictures * lines.pictures;
            let rows = Rows {
                pictures: lines.pictures.min(batch - picture),
                lines: lines.lines.min(height - line),
                width,
            };
            let columns = columns.min(self.n() - column);
            self.run_piece(pool, x, epilogue, write, &y, [picture, line, column], rows, columns, scratch);
        });
    }

    /// The piece `rows` by `columns` from a picture, line and column on.
    #[allow(clippy::too_many_arguments)]
    fn run_piece(
        &self,
        pool: &Pool,
        x: &[f32],
        epilogue: &Epilogue,
        write: Write,
        y: &Disjoint,
        [picture, line, column]: [usize; 3],
        rows: Rows,
        columns: usize,
        scratch: &mut [f32],
    ) {
        let walk = &self.walk;
        let (a, a_picture) = self.rows_of(x, picture, line, rows, scratch);
        let at = picture * self.picture_len + self.first + line * self.steps.line + column;
        for (group, weights) in self.weights.iter().enumerate() {
            let at = at + group * self.n();
            let block = Block {
                rows,
                a: a[group * (walk.channels / walk.groups)..].as_ptr(),
                a_steps: Steps { picture: a_picture, line: walk.line_step(), position: walk.position_step() },
                segments: self.segments.as_slice(),
                segment_len: walk.segment_len(),
                b: weights.panels(column),
                c: y.as_mut_ptr().wrapping_add(at),
                c_steps: self.steps,
                columns,
                start: if write == Write::Add { Start::Output } else { Start::Zero },
                finish: Finish::new(epilogue, group * self.n() + column, at),
            };
            // SAFETY: the walk stays inside the input or its copy, whose lengths are checked where they are cut;
            // the output positions are inside the output (the door checks its length), and no two pieces share any.
            unsafe {
                block.multiply(pool.isa());
                block.activate(pool, epilogue.activation);
            }
        }
    }

    /// Output lines of one picture, laid out one after the other in `y`, on this thread; one group.
    pub(super) fn lines(
        &self,
        pool: &Pool,
        x: &[f32],
        lines: Range<usize>,
        epilogue: &Epilogue,
        scratch: &mut [f32],
        y: &mut [f32],
    ) {
        let (walk, width, n) = (&self.walk, self.walk.axes[1].output, self.n());
        assert_eq!((walk.groups, y.len()), (1, lines.len() * width * n), "lines {lines:?}");
        epilogue.check(n, y.len(), Write::Set);
        if y.is_empty() {
            return;
        }
        if walk.is_plain() {
            let positions = lines.start * width..lines.end * width;
            let a = &x[positions.start * walk.channels..positions.end * walk.channels];
            return gemm::multiply_rows(pool, positions.len(), a, &self.weights[0], epilogue, Write::Set, y);
        }
        let rows = Rows { pictures: 1, lines: lines.len(), width };
        let (a, _) = self.rows_of(x, 0, lines.start, rows, scratch);
        let block = Block {
            rows,
            a: a.as_ptr(),
            a_steps: Steps { picture: 0, line: walk.line_step(), position: walk.position_step() },
            segments: self.segments.as_slice(),
            segment_len: walk.segment_len(),
            b: self.weights[0].panels(0),
            c: y.as_mut_ptr(),
            c_steps: Steps::dense([lines.len(), width], n),
            columns: n,
            start: Start::Zero,
            finish: Finish::new(epilogue, 0, 0),
        };
        let last = (lines.len() - 1) * walk.line_step() + (width - 1) * walk.position_step();
        let reach = self.segments.as_slice().iter().max().map_or(0, |segment| segment + walk.segment_len());
        assert!(a.len() >= last + reach, "lines {lines:?} are not all in the input");
        // SAFETY: the last row ends inside `a` by the assertion; `y` holds a row for each output.
        unsafe {
            block.multiply(pool.isa());
            block.activate(pool, epilogue.activation);
        }
    }

    /// Floats of scratch that [`lines`](Self::lines) needs for so many.
    pub(super) fn lines_scratch(&self, lines: usize) -> usize {
        if self.walk.copies() { self.walk.copy_len(lines) } else { 0 }
    }

    /// The floats from the first tap of the piece's first position on, and the step between pictures in them.
    fn rows_of<'a>(
        &self,
        x: &'a [f32],
        picture: usize,
        line: usize,
        rows: Rows,
        scratch: &'a mut [f32],
    ) -> (&'a [f32], usize) {
        let walk = &self.walk;
        if walk.has_no_taps() {
            return (x, 0);
        }
        if !walk.copies() {
            return (&x[walk.in_place(picture, line)..], walk.picture_len());
        }
        let step = walk.copy_len(rows.lines);
        for (i, copy) in scratch.chunks_exact_mut(step).take(rows.pictures).enumerate() {
            walk.copy(x, picture + i, line..line + rows.lines, copy);
        }
        (scratch, step)
    }
}

impl Lines {
    /// About as many positions as the cut has rows: lines of one picture, or several whole pictures.
    fn new(cut: &Cut, batch: usize, [height, width]: [usize; 2]) -> Self {
        if cut.rows >= 2 * height * width {
            Self { pictures: even(batch, cut.rows / (height * width), 1), lines: height }
        } else {
            Self { pictures: 1, lines: even(height, (cut.rows / width).max(1), 1) }
        }
    }
}

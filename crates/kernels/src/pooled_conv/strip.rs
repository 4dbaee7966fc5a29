//! Some rows of the pool's output and the part of the input that they see, with its border.

use std::ops::Range;

use super::PooledConv;
use crate::Isa;
use crate::elementwise::accumulate;

/// Floats of a frame, about: one stays in the nearest cache while every filter's maxima are looked up in it.
const FRAME: usize = 1 << 13;

/// How the input is cut in strips, each seen through a frame: some lines of the input with zeros around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames {
    /// Rows of the pool's output in a strip.
    pub(super) rows: usize,
    /// Floats of a line of a frame.
    pub(super) line: usize,
    /// Lines of a frame.
    lines: usize,
    /// Input lines from strip to strip.
    step: usize,
    /// Input lines above the first frame, and floats of a frame's line before the input's.
    above: usize,
    left: usize,
    /// Lines of the input, and floats of one.
    input_lines: usize,
    input_line: usize,
}

impl Frames {
    pub(super) fn new(pooled: &PooledConv) -> Self {
        let (window, pool) = (&pooled.conv.window, &pooled.pool);
        let [_, width, channels] = window.input;
        let reach = |axis: usize, outputs: usize| {
            let convolved = (outputs - 1) * pool.stride[axis] + pool.kernel[axis];
            (convolved - 1) * window.stride[axis] + window.kernel[axis]
        };
        // What the pool leaves out before its first window, the frame leaves out too.
        let before = |axis: usize| pool.pad[axis] * window.stride[axis] + window.pad[axis];
        let columns = reach(1, pool.output[1].max(1)).max(width + before(1));
        let line = columns * channels;
        let fits = |rows: &usize| reach(0, *rows) * line <= FRAME;
        let rows = (1..=pool.output[0]).rev().find(fits).unwrap_or(1);
        Self {
            rows,
            line,
            lines: reach(0, rows),
            step: rows * pool.stride[0] * window.stride[0],
            above: before(0),
            left: before(1) * channels,
            input_lines: window.input[0],
            input_line: width * channels,
        }
    }

    /// From the patch of one output of the convolution to the one below, and to the next.
    pub(super) fn steps(&self, pooled: &PooledConv) -> [usize; 2] {
        let window = &pooled.conv.window;
        [window.stride[0] * self.line, window.stride[1] * window.input[2]]
    }

    /// Floats of a frame.
    pub(super) fn len(&self) -> usize {
        self.lines * self.line
    }

    /// The lines of the input that are in the frame of strip `strip`, and where they begin in the frame.
    fn lines_of(&self, strip: usize) -> (Range<usize>, usize) {
        let first = strip * self.step;
        let start = first.saturating_sub(self.above).min(self.input_lines);
        let end = (first + self.lines).saturating_sub(self.above).clamp(start, self.input_lines);
        (start..end, (start + self.above - first) * self.line)
    }

    /// Fills the frame of `strip` from a picture; its border is zero already.
    pub(super) fn fill(&self, strip: usize, picture: &[f32], frame: &mut [f32]) {
        frame.fill(0.0);
        let (lines, at) = self.lines_of(strip);
        for (line, target) in lines.zip(frame[at..].chunks_exact_mut(self.line)) {
            let line = &picture[line * self.input_line..][..self.input_line];
            target[self.left..][..self.input_line].copy_from_slice(line);
        }
    }

    /// Adds the frame of `strip` to a picture.
    pub(super) fn add(&self, isa: Isa, strip: usize, frame: &[f32], picture: &mut [f32]) {
        let (lines, at) = self.lines_of(strip);
        for (line, source) in lines.zip(frame[at..].chunks_exact(self.line)) {
            let line = &mut picture[line * self.input_line..][..self.input_line];
            accumulate(isa, &source[self.left..][..self.input_line], line);
        }
    }
}

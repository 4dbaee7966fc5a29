//! Output rows of a depthwise convolution, a tile of neighbouring columns at a time.

use std::marker::PhantomData;
use std::ops::Range;

use super::tile::{COLUMNS, Edge, Extent, Finish, Inside, Position, channels_at_once};
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, for_each_block, multiply_add, read};
use crate::taps::{Axis, Taps};
use crate::{Epilogue, Window};

on_each_isa! {
    /// Rows `output` of one picture go to `y`; `x` holds the picture's rows from `first_row` on. An activation that
    /// is no clamp is left to be done.
    pub(crate) fn rows[F](
        window: &Window, x: &[f32], first_row: usize, kernel: &[f32], epilogue: &Epilogue, output: Range<usize>,
        y: &mut [f32],
    ) {
        let walk = Walk { window, x, first_row, kernel, epilogue, output };
        match window.known_tiles() {
            (3, 1) => walk.run::<F, 3, 1>(y),
            (3, 2) => walk.run::<F, 3, 2>(y),
            (5, 1) => walk.run::<F, 5, 1>(y),
            (5, 2) => walk.run::<F, 5, 2>(y),
            (7, 1) => walk.run::<F, 7, 1>(y),
            (7, 2) => walk.run::<F, 7, 2>(y),
            _ => walk.run::<F, 0, 1>(y),
        }
    }
}

struct Walk<'a> {
    window: &'a Window,
    x: &'a [f32],
    first_row: usize,
    kernel: &'a [f32],
    epilogue: &'a Epilogue<'a>,
    output: Range<usize>,
}

impl Walk<'_> {
    /// `SIZE` by `SIZE` taps with `STRIDE`; size zero stands for any window.
    #[inline(always)]
    fn run<F: Arithmetic, const SIZE: usize, const STRIDE: usize>(&self, y: &mut [f32]) {
        let vertical = Axis::new(self.window, 0);
        let finish = Finish::epilogue(self.epilogue, y);
        let len = self.window.output[1] * self.window.input[2];
        let all = self.window.input[2];
        let some = channels_at_once(self.window);
        for first in (0..all).step_by(some) {
            let channels = first..(first + some).min(all);
            for (number, oy) in self.output.clone().enumerate() {
                let rows = vertical.of_output(oy);
                if SIZE > 0 {
                    self.tiles::<F, SIZE, STRIDE>(channels.clone(), rows, finish, number * len);
                } else {
                    self.positions::<F>(channels.clone(), rows, finish, number * len);
                }
            }
        }
    }

    /// A row whose first value is `at`, in tiles.
    #[inline(always)]
    fn tiles<F: Arithmetic, const SIZE: usize, const STRIDE: usize>(
        &self,
        some: Range<usize>,
        rows: Taps,
        finish: Finish,
        at: usize,
    ) {
        let Window { input: [_, width, channels], output: [_, out_width], pad, .. } = *self.window;
        let columns = (COLUMNS - 1) * STRIDE + SIZE;
        for ox in (0..out_width).step_by(COLUMNS) {
            let left = (ox * STRIDE) as isize - pad[1] as isize;
            let edge = Edge::new(columns, left, width, ox as isize, out_width);
            let tile = Tile::<F, Inside, SIZE, STRIDE> {
                x: self.place(rows).wrapping_offset(left * channels as isize),
                x_row: width * channels,
                kernel: self.kernel.as_ptr().wrapping_add(rows.first * SIZE * channels),
                rows: rows.count,
                channels,
                extent: Inside,
                finish,
                at: at + ox * channels,
                arithmetic: PhantomData,
            };
            if edge.is_inside(columns) {
                for_each_block(some.clone(), &mut { tile });
            } else {
                for_each_block(some.clone(), &mut tile.with(edge));
            }
        }
    }

    /// A row whose first value is `at`, position by position.
    #[inline(always)]
    fn positions<F: Arithmetic>(&self, some: Range<usize>, rows: Taps, finish: Finish, at: usize) {
        let Window { input: [_, width, channels], output: [_, out_width], kernel: [_, kernel_width], .. } =
            *self.window;
        let horizontal = Axis::new(self.window, 1);
        for ox in 0..out_width {
            let taps = [rows, horizontal.of_output(ox)];
            let (source, kernel) = ((self.place(rows), width), (self.kernel, kernel_width));
            let at = at + ox * channels;
            for_each_block(some.clone(), &mut Position::<F>::new(source, kernel, channels, taps, finish, at));
        }
    }

    /// Where the first input row of some taps begins; anywhere if there are no taps.
    #[inline(always)]
    fn place(&self, rows: Taps) -> *const f32 {
        let row = self.window.input[1] * self.window.input[2];
        self.x.as_ptr().wrapping_add(rows.at.wrapping_sub(self.first_row).wrapping_mul(row))
    }
}

/// [`COLUMNS`] neighbouring outputs.
struct Tile<F, E, const SIZE: usize, const STRIDE: usize> {
    x: *const f32,
    x_row: usize,
    kernel: *const f32,
    /// Rows of taps that meet the input.
    rows: usize,
    channels: usize,
    extent: E,
    finish: Finish,
    at: usize,
    arithmetic: PhantomData<F>,
}

impl<F, E, const SIZE: usize, const STRIDE: usize> Tile<F, E, SIZE, STRIDE> {
    #[inline(always)]
    fn with<N>(self, extent: N) -> Tile<F, N, SIZE, STRIDE> {
        let Self { x, x_row, kernel, rows, channels, finish, at, arithmetic, .. } = self;
        Tile { x, x_row, kernel, rows, channels, extent, finish, at, arithmetic }
    }
}

impl<F: Arithmetic, E: Extent, const SIZE: usize, const STRIDE: usize> Blocks for Tile<F, E, SIZE, STRIDE> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        // SAFETY: `rows` rows of taps and the columns of the extent are on the input, so `x` is read inside its
        // slice; the outputs of the extent are on the target.
        unsafe {
            let mut sums = [self.finish.start::<L>(channel); COLUMNS];
            for row in 0..self.rows {
                let x = self.x.wrapping_add(row * self.x_row + channel);
                let kernel = self.kernel.add(row * SIZE * self.channels + channel);
                let mut taps = [[0.0; L]; SIZE];
                for (column, tap) in taps.iter_mut().enumerate() {
                    *tap = read(kernel.add(column * self.channels));
                }
                for column in 0..(COLUMNS - 1) * STRIDE + SIZE {
                    if !self.extent.reads(column) {
                        continue;
                    }
                    let value = read::<L>(x.wrapping_add(column * self.channels));
                    for (output, sum) in sums.iter_mut().enumerate() {
                        let first = output * STRIDE;
                        if column >= first && column - first < SIZE {
                            *sum = multiply_add::<F, L>(value, taps[column - first], *sum);
                        }
                    }
                }
            }
            for (output, sum) in sums.into_iter().enumerate() {
                if self.extent.writes(output) {
                    self.finish.put(sum, self.at + output * self.channels + channel);
                }
            }
        }
    }
}

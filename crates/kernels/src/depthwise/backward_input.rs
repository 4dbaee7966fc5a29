//! Rows of the input's gradient: each value gathers the outputs that read it, a tile of neighbouring columns at a time.

use std::marker::PhantomData;
use std::ops::Range;

use super::tile::{COLUMNS, Edge, Extent, Finish, Inside, Position, channels_at_once};
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, for_each_block, multiply_add, read};
use crate::taps::{Axis, Taps};
use crate::{Window, Write};

on_each_isa! {
    /// Rows `input` of one picture's gradient go to `dx`; `dy` holds the output's rows from `first_row` on.
    pub(crate) fn rows[F](
        window: &Window, dy: &[f32], first_row: usize, kernel: &[f32], write: Write, input: Range<usize>,
        dx: &mut [f32],
    ) {
        let finish = Finish::gradient(write, dx);
        let walk = Walk { window, dy, first_row, kernel, finish, input };
        match window.known_tiles() {
            (3, 1) => walk.run::<F, 3, 1>(),
            (3, 2) => walk.run::<F, 3, 2>(),
            (5, 1) => walk.run::<F, 5, 1>(),
            (5, 2) => walk.run::<F, 5, 2>(),
            (7, 1) => walk.run::<F, 7, 1>(),
            (7, 2) => walk.run::<F, 7, 2>(),
            _ => walk.run::<F, 0, 1>(),
        }
    }
}

struct Walk<'a> {
    window: &'a Window,
    dy: &'a [f32],
    first_row: usize,
    kernel: &'a [f32],
    finish: Finish,
    input: Range<usize>,
}

impl Walk<'_> {
    /// `SIZE` by `SIZE` taps with `STRIDE`; size zero stands for any window.
    #[inline(always)]
    fn run<F: Arithmetic, const SIZE: usize, const STRIDE: usize>(&self) {
        let vertical = Axis::new(self.window, 0);
        let len = self.window.input[1] * self.window.input[2];
        let all = self.window.input[2];
        // With few taps or a stride there is too little to read again.
        let again = SIZE > 3 && STRIDE == 1;
        let some = if again { channels_at_once(self.window) } else { all.max(1) };
        for first in (0..all).step_by(some) {
            let channels = first..(first + some).min(all);
            for (number, iy) in self.input.clone().enumerate() {
                let rows = vertical.of_input(iy);
                if SIZE > 0 {
                    self.tiles::<F, SIZE, STRIDE>(channels.clone(), rows, number * len);
                } else {
                    self.positions::<F>(channels.clone(), rows, number * len);
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
        at: usize,
    ) {
        let Window { input: [_, width, channels], output: [_, out_width], pad, .. } = *self.window;
        let row = out_width * channels;
        // How far the last tap of a tile's first column looks back, and the columns that the tile reads.
        let back = (SIZE - 1) / STRIDE;
        let columns = COLUMNS / STRIDE + back;
        // The first column of a tile is where a window begins.
        let mut ix = -((pad[1] % STRIDE) as isize);
        while ix < width as isize {
            let left = (ix + pad[1] as isize) / STRIDE as isize - back as isize;
            let edge = Edge::new(columns, left, out_width, ix, width);
            let tile = Tile::<F, Inside, SIZE, STRIDE> {
                dy: self.place(rows).wrapping_offset(left * channels as isize),
                dy_row: rows.move_by * row as isize,
                kernel: self.kernel.as_ptr().wrapping_add(rows.first * SIZE * channels),
                kernel_row: rows.step * SIZE * channels,
                rows: rows.count,
                channels,
                extent: Inside,
                finish: self.finish,
                at: at.wrapping_add_signed(ix * channels as isize),
                arithmetic: PhantomData,
            };
            if edge.is_inside(columns) {
                for_each_block(some.clone(), &mut { tile });
            } else {
                for_each_block(some.clone(), &mut tile.with(edge));
            }
            ix += COLUMNS as isize;
        }
    }

    /// Where the first output row of some taps begins; anywhere if there are no taps.
    #[inline(always)]
    fn place(&self, rows: Taps) -> *const f32 {
        let row = self.window.output[1] * self.window.input[2];
        self.dy.as_ptr().wrapping_add(rows.at.wrapping_sub(self.first_row).wrapping_mul(row))
    }

    /// A row whose first value is `at`, position by position.
    #[inline(always)]
    fn positions<F: Arithmetic>(&self, some: Range<usize>, rows: Taps, at: usize) {
        let Window { input: [_, width, channels], output: [_, out_width], kernel: [_, kernel_width], .. } =
            *self.window;
        let horizontal = Axis::new(self.window, 1);
        let source = self.place(rows);
        let (source, kernel) = ((source, out_width), (self.kernel, kernel_width));
        for ix in 0..width {
            let taps = [rows, horizontal.of_input(ix)];
            let at = at + ix * channels;
            for_each_block(
                some.clone(),
                &mut Position::<F>::new(source, kernel, channels, taps, self.finish, at),
            );
        }
    }
}

/// [`COLUMNS`] neighbouring inputs, the first of them where a window begins.
struct Tile<F, E, const SIZE: usize, const STRIDE: usize> {
    dy: *const f32,
    dy_row: isize,
    kernel: *const f32,
    kernel_row: usize,
    /// Rows of taps that meet the output.
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
        let Self { dy, dy_row, kernel, kernel_row, rows, channels, finish, at, arithmetic, .. } = self;
        Tile { dy, dy_row, kernel, kernel_row, rows, channels, extent, finish, at, arithmetic }
    }
}

impl<F: Arithmetic, E: Extent, const SIZE: usize, const STRIDE: usize> Blocks for Tile<F, E, SIZE, STRIDE> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let back = (SIZE - 1) / STRIDE;
        // SAFETY: `rows` rows of taps and the columns of the extent are on the output, so `dy` is read inside its
        // slice; the inputs of the extent are on the target.
        unsafe {
            let mut sums = [self.finish.start::<L>(channel); COLUMNS];
            for row in 0..self.rows {
                let dy = self.dy.wrapping_offset(row as isize * self.dy_row).wrapping_add(channel);
                let kernel = self.kernel.add(row * self.kernel_row + channel);
                let mut taps = [[0.0; L]; SIZE];
                for (column, tap) in taps.iter_mut().enumerate() {
                    *tap = read(kernel.add(column * self.channels));
                }
                for column in 0..COLUMNS / STRIDE + back {
                    if !self.extent.reads(column) {
                        continue;
                    }
                    let value = read::<L>(dy.wrapping_add(column * self.channels));
                    for (input, sum) in sums.iter_mut().enumerate() {
                        // input = stride · (column − back) + tap
                        let last = input + STRIDE * back;
                        if last >= column * STRIDE && last - column * STRIDE < SIZE {
                            *sum = multiply_add::<F, L>(value, taps[last - column * STRIDE], *sum);
                        }
                    }
                }
            }
            for (input, sum) in sums.into_iter().enumerate() {
                if self.extent.writes(input) {
                    self.finish.put(sum, self.at.wrapping_add(input * self.channels + channel));
                }
            }
        }
    }
}

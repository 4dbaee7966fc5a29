//! What some output rows of one picture add to the kernel's gradient, a tile of neighbouring columns at a time.

use std::marker::PhantomData;
use std::ops::Range;

use super::tile::{COLUMNS, Edge, Extent, Inside, channels_at_once};
use crate::Window;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, for_each_block, multiply_add, read, write};
use crate::taps::{Axis, Taps};

on_each_isa! {
    /// Adds to `sums` what the rows `output` of one picture, whose gradients are `dy`, give; `x` holds the picture's
    /// rows from `first_row` on.
    pub(crate) fn rows[F](
        window: &Window, x: &[f32], first_row: usize, dy: &[f32], output: Range<usize>, sums: &mut [f32],
    ) {
        let walk = Walk { window, x, first_row, dy, output };
        match window.known_tiles() {
            (3, 1) => walk.run::<F, 3, 1>(sums),
            (3, 2) => walk.run::<F, 3, 2>(sums),
            (5, 1) => walk.run::<F, 5, 1>(sums),
            (5, 2) => walk.run::<F, 5, 2>(sums),
            (7, 1) => walk.run::<F, 7, 1>(sums),
            (7, 2) => walk.run::<F, 7, 2>(sums),
            _ => walk.run::<F, 0, 1>(sums),
        }
    }
}

struct Walk<'a> {
    window: &'a Window,
    x: &'a [f32],
    first_row: usize,
    dy: &'a [f32],
    output: Range<usize>,
}

impl Walk<'_> {
    /// `SIZE` by `SIZE` taps with `STRIDE`; size zero stands for any window.
    #[inline(always)]
    fn run<F: Arithmetic, const SIZE: usize, const STRIDE: usize>(&self, sums: &mut [f32]) {
        let Window { input: [_, width, channels], output: [_, out_width], kernel: [_, kernel_width], .. } =
            *self.window;
        let vertical = Axis::new(self.window, 0);
        let some = channels_at_once(self.window);
        for first in (0..channels).step_by(some) {
            let some = first..(first + some).min(channels);
            for (number, oy) in self.output.clone().enumerate() {
                let rows = vertical.of_output(oy);
                if rows.count == 0 {
                    continue;
                }
                let place = Place {
                    x: self.x.as_ptr().wrapping_add((rows.at - self.first_row) * width * channels),
                    x_row: rows.move_by as usize * width * channels,
                    dy: self.dy.as_ptr().wrapping_add(number * out_width * channels),
                    sums: sums.as_mut_ptr().wrapping_add(rows.first * kernel_width * channels),
                    sums_row: kernel_width * channels,
                    channels,
                };
                if SIZE > 0 {
                    self.tiles::<F, SIZE, STRIDE>(some.clone(), rows, place);
                } else {
                    self.positions::<F>(some.clone(), rows, place);
                }
            }
        }
    }

    /// A row, in tiles.
    #[inline(always)]
    fn tiles<F: Arithmetic, const SIZE: usize, const STRIDE: usize>(
        &self,
        some: Range<usize>,
        rows: Taps,
        place: Place,
    ) {
        let Window { input: [_, width, channels], output: [_, out_width], pad, .. } = *self.window;
        let columns = (COLUMNS - 1) * STRIDE + SIZE;
        for ox in (0..out_width).step_by(COLUMNS) {
            let left = (ox * STRIDE) as isize - pad[1] as isize;
            let edge = Edge::new(columns, left, width, ox as isize, out_width);
            let x = place.x.wrapping_offset(left * channels as isize);
            let place = Place { x, dy: place.dy.wrapping_add(ox * channels), ..place };
            let arithmetic = PhantomData;
            if edge.is_inside(columns) {
                let extent = Inside;
                for_each_block(
                    some.clone(),
                    &mut Tile::<F, _, SIZE, STRIDE> { place, rows, extent, arithmetic },
                );
            } else {
                let extent = edge;
                for_each_block(
                    some.clone(),
                    &mut Tile::<F, _, SIZE, STRIDE> { place, rows, extent, arithmetic },
                );
            }
        }
    }

    /// A row, position by position.
    #[inline(always)]
    fn positions<F: Arithmetic>(&self, some: Range<usize>, rows: Taps, place: Place) {
        let channels = place.channels;
        let horizontal = Axis::new(self.window, 1);
        for ox in 0..self.window.output[1] {
            let columns = horizontal.of_output(ox);
            let place = Place {
                x: place.x.wrapping_add(columns.at * channels),
                dy: place.dy.wrapping_add(ox * channels),
                sums: place.sums.wrapping_add(columns.first * channels),
                ..place
            };
            for_each_block(
                some.clone(),
                &mut Position::<F> { place, rows, columns, arithmetic: PhantomData },
            );
        }
    }
}

/// Where the first tap of a position finds its values.
#[derive(Clone, Copy)]
struct Place {
    x: *const f32,
    x_row: usize,
    dy: *const f32,
    sums: *mut f32,
    sums_row: usize,
    channels: usize,
}

/// [`COLUMNS`] neighbouring outputs.
struct Tile<F, E, const SIZE: usize, const STRIDE: usize> {
    place: Place,
    rows: Taps,
    extent: E,
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic, E: Extent, const SIZE: usize, const STRIDE: usize> Blocks for Tile<F, E, SIZE, STRIDE> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let channels = self.place.channels;
        // SAFETY: `rows` rows of taps and the columns of the extent are on the input, so `x` and the sums are inside
        // their slices; the outputs of the extent are on `dy`.
        unsafe {
            let mut gradients = [[0.0; L]; COLUMNS];
            for (output, gradient) in gradients.iter_mut().enumerate() {
                if self.extent.writes(output) {
                    *gradient = read(self.place.dy.add(output * channels + channel));
                }
            }
            for row in 0..self.rows.count {
                let x = self.place.x.wrapping_add(row * self.place.x_row + channel);
                let target = self.place.sums.add(row * self.place.sums_row + channel);
                let mut sums = [[0.0; L]; SIZE];
                for (tap, sum) in sums.iter_mut().enumerate() {
                    *sum = read(target.add(tap * channels));
                }
                for column in 0..(COLUMNS - 1) * STRIDE + SIZE {
                    if !self.extent.reads(column) {
                        continue;
                    }
                    let value = read::<L>(x.wrapping_add(column * channels));
                    for (output, gradient) in gradients.iter().enumerate() {
                        let first = output * STRIDE;
                        if column >= first && column - first < SIZE {
                            let tap = column - first;
                            sums[tap] = multiply_add::<F, L>(value, *gradient, sums[tap]);
                        }
                    }
                }
                for (tap, sum) in sums.into_iter().enumerate() {
                    write(sum, target.add(tap * channels));
                }
            }
        }
    }
}

/// One output position and the taps that meet the input.
struct Position<F> {
    place: Place,
    rows: Taps,
    columns: Taps,
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic> Blocks for Position<F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let channels = self.place.channels;
        // SAFETY: the taps meet the input, so `x` and the sums are inside their slices; so is the output's `dy`.
        unsafe {
            let gradient = read::<L>(self.place.dy.add(channel));
            for row in 0..self.rows.count {
                let x = self.place.x.add(row * self.place.x_row + channel);
                let target = self.place.sums.add(row * self.place.sums_row + channel);
                for column in 0..self.columns.count {
                    let value = read(x.add(column * self.columns.move_by as usize * channels));
                    let target = target.add(column * channels);
                    write(multiply_add::<F, L>(value, gradient, read(target)), target);
                }
            }
        }
    }
}

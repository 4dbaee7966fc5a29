//! Passes over the tiles of a strip for the gradient of a kernel: gradients of outputs to transformed tiles, and their
//! products' sums back to a kernel.

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the lanes in registers")]

use std::marker::PhantomData;
use std::ops::Range;

use super::SKEW;
use super::tiles::Tiling;
use super::transform::{self, FREQUENCIES, POINTS, STEP};
use crate::gemm::tile::PANEL;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, add, for_each_block, load, read, write};

/// A buffer `[FREQUENCIES, panels, rows, PANEL]` with a step of its own between frequencies.
#[derive(Clone, Copy)]
pub(super) struct Panels {
    start: *mut f32,
    rows: usize,
    /// Columns that are used, of all panels.
    pub(super) columns: usize,
}

impl Panels {
    /// In `buffer`, which must have room for it.
    pub(super) fn new(buffer: &mut [f32], rows: usize, columns: usize) -> Self {
        assert!(buffer.len() >= Self::len_for(rows, columns), "no room for {rows} rows of {columns}");
        Self { start: buffer.as_mut_ptr(), rows, columns }
    }

    /// Floats that it takes.
    pub(super) fn len_for(rows: usize, columns: usize) -> usize {
        FREQUENCIES * Self::step_for(rows, columns)
    }

    /// From one frequency to the next.
    fn step_for(rows: usize, columns: usize) -> usize {
        rows * columns.next_multiple_of(PANEL) + SKEW
    }

    /// Index of a value.
    fn index(rows: usize, columns: usize, frequency: usize, row: usize, column: usize) -> usize {
        let panel = column / PANEL * rows * PANEL + column % PANEL;
        frequency * Self::step_for(rows, columns) + panel + row * PANEL
    }

    pub(super) fn at(&self, frequency: usize, row: usize, column: usize) -> *mut f32 {
        self.start.wrapping_add(Self::index(self.rows, self.columns, frequency, row, column))
    }
}

/// The sums `[FREQUENCIES, panels, channels, PANEL]` of one block over each chunk of the tiles, the chunks `step`
/// floats apart.
#[derive(Clone, Copy)]
pub(super) struct Partial<'a> {
    pub(super) sums: &'a [f32],
    pub(super) chunks: usize,
    pub(super) step: usize,
}

on_each_isa! {
    /// Transforms the gradients of `tiles` tiles from `first` on into rows of `to`. `dy` is the first picture's first
    /// value of the block's first filter, `zeros` as many zeros as the block has filters.
    ///
    /// # Safety
    /// `dy` holds the filters of every picture that the tiles are of, and `to`, of as many rows or more, is this
    /// thread's own.
    pub(super) unsafe fn transform_gradients[F](tiling: &Tiling, first: usize, tiles: usize, dy: *const f32, zeros: *const f32, to: Panels) {
        for tile in 0..tiles {
            let place = tiling.place(first + tile);
            let inside = tiling.inside(place);
            let mut gradients = [[zeros; STEP]; STEP];
            for line in 0..inside[0] {
                for column in 0..inside[1] {
                    let at = tiling.output_at(place.picture, place.y + line, place.x + column);
                    gradients[line][column] = dy.wrapping_add(at);
                }
            }
            for_each_block(0..to.columns, &mut GradientTile::<F> { gradients, to, tile, arithmetic: PhantomData });
        }
    }

    /// Adds the chunks of `partial`, sums of `shape` (channels and filters), and transforms `channels` of them back.
    /// `to` is the first value of the first of them in the kernel;
    /// `steps` are those from tap to tap and channel to channel.
    ///
    /// # Safety
    /// The kernel has these channels and filters, which nobody else uses.
    pub(super) unsafe fn transform_sums[F](partial: Partial, shape: [usize; 2], channels: Range<usize>, to: *mut f32, steps: [usize; 2]) {
        for channel in channels.clone() {
            let to = to.wrapping_add((channel - channels.start) * steps[1]);
            let sums = &mut KernelSums::<F> { partial, shape, channel, to, tap_step: steps[0], arithmetic: PhantomData };
            for_each_block(0..shape[1], sums);
        }
    }
}

struct GradientTile<F> {
    gradients: [[*const f32; STEP]; STEP],
    to: Panels,
    tile: usize,
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic> Blocks for GradientTile<F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, filter: usize) {
        let mut half = [[[0.0; L]; STEP]; POINTS];
        for column in 0..STEP {
            let mut dy = [[0.0; L]; STEP];
            for line in 0..STEP {
                // SAFETY: each gradient, or the zeros, has all the block's filters.
                dy[line] = unsafe { read(self.gradients[line][column].wrapping_add(filter)) };
            }
            let transformed = transform::gradient::<F, L>(dy);
            for line in 0..POINTS {
                half[line][column] = transformed[line];
            }
        }
        for line in 0..POINTS {
            let transformed = transform::gradient::<F, L>(half[line]);
            for column in 0..POINTS {
                let to = self.to.at(line * POINTS + column, self.tile, filter);
                // SAFETY: the buffer has every frequency of the tile, and belongs to this thread.
                unsafe { write(transformed[column], to) };
            }
        }
    }
}

struct KernelSums<'a, F> {
    partial: Partial<'a>,
    shape: [usize; 2],
    channel: usize,
    to: *mut f32,
    tap_step: usize,
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic> KernelSums<'_, F> {
    /// The sums of all chunks.
    #[inline(always)]
    fn total<const L: usize>(&self, frequency: usize, filter: usize) -> [f32; L] {
        let [channels, filters] = self.shape;
        let mut at = Panels::index(channels, filters, frequency, self.channel, filter);
        let mut total = load(self.partial.sums, at);
        for _ in 1..self.partial.chunks {
            at += self.partial.step;
            total = add(total, load(self.partial.sums, at));
        }
        total
    }
}

impl<F: Arithmetic> Blocks for KernelSums<'_, F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, filter: usize) {
        let mut half = [[[0.0; L]; POINTS]; 3];
        for column in 0..POINTS {
            let mut sums = [[0.0; L]; POINTS];
            for line in 0..POINTS {
                sums[line] = self.total(line * POINTS + column, filter);
            }
            let transformed = transform::kernel_gradient::<F, L>(sums);
            for line in 0..3 {
                half[line][column] = transformed[line];
            }
        }
        for line in 0..3 {
            let transformed = transform::kernel_gradient::<F, L>(half[line]);
            for column in 0..3 {
                let to = self.to.wrapping_add((line * 3 + column) * self.tap_step + filter);
                // SAFETY: the value is inside the kernel, and no other piece has its channel and filter.
                unsafe { write(transformed[column], to) };
            }
        }
    }
}

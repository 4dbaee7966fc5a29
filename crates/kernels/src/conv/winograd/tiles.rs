//! Passes over the tiles of a strip: pictures to transformed tiles, and transformed outputs to pictures.

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the lanes in registers")]

use std::marker::PhantomData;

use super::SKEW;
use super::transform::{self, FREQUENCIES, POINTS, STEP};
use crate::Window;
use crate::aligned::LINE;
use crate::conv::Conv;
use crate::gemm::block::Finish;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, add, clamp, for_each_block, read, write};

/// The tiles of a batch of pictures, numbered picture by picture and line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::conv) struct Tiling {
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    /// Zeros before the input.
    pub(super) pad: [usize; 2],
    pub(super) channels: usize,
    pub(super) filters: usize,
}

/// Where a tile's outputs begin.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) picture: usize,
    pub(super) y: usize,
    pub(super) x: usize,
}

impl Tiling {
    /// Of a convolution's outputs.
    pub(in crate::conv) fn forward(conv: &Conv) -> Self {
        let Window { input: [height, width, channels], output, pad, .. } = conv.window;
        Self { input: [height, width], output, pad, channels, filters: conv.filters }
    }

    /// Of a convolution's inputs, whose gradient is a convolution of that of its outputs.
    pub(in crate::conv) fn backward(conv: &Conv) -> Self {
        let Window { input: [height, width, channels], output, pad, .. } = conv.window;
        // The last tap meets first; before it lies what the forward window did not pad. More padding than the kernel's
        // reach gives outputs that no input has a part in: they wrap round to far outside, as an index less than zero.
        let pad = pad.map(|pad| 2_usize.wrapping_sub(pad));
        Self { input: output, output: [height, width], pad, channels: conv.filters, filters: channels }
    }

    /// Tiles along both axes.
    fn counts(&self) -> [usize; 2] {
        self.output.map(|extent| extent.div_ceil(STEP))
    }

    /// Tiles of one picture.
    pub(super) fn of_picture(&self) -> usize {
        let [lines, columns] = self.counts();
        lines * columns
    }

    /// Where tile `index` lies.
    pub(super) fn place(&self, index: usize) -> Place {
        let columns = self.counts()[1];
        let within = index % self.of_picture();
        Place { picture: index / self.of_picture(), y: within / columns * STEP, x: within % columns * STEP }
    }

    /// Index of the output value at line `y` and column `x` of a picture.
    pub(super) fn output_at(&self, picture: usize, y: usize, x: usize) -> usize {
        ((picture * self.output[0] + y) * self.output[1] + x) * self.filters
    }

    /// Lines and columns of the tile at `place` that are inside the output.
    pub(super) fn inside(&self, place: Place) -> [usize; 2] {
        [STEP.min(self.output[0] - place.y), STEP.min(self.output[1] - place.x)]
    }

    /// Where the inputs of the tile at `place` begin; those outside the picture are at `zeros`.
    fn inputs(&self, place: Place, x: *const f32, zeros: *const f32) -> [[*const f32; POINTS]; POINTS] {
        let [height, width] = self.input;
        let mut inputs = [[zeros; POINTS]; POINTS];
        for (dy, line) in inputs.iter_mut().enumerate() {
            let iy = (place.y + dy).wrapping_sub(self.pad[0]);
            for (dx, input) in line.iter_mut().enumerate() {
                let ix = (place.x + dx).wrapping_sub(self.pad[1]);
                if iy < height && ix < width {
                    *input = x.wrapping_add(((place.picture * height + iy) * width + ix) * self.channels);
                }
            }
        }
        inputs
    }
}

/// A buffer `[FREQUENCIES, tiles, channels]` with a step of its own between frequencies.
#[derive(Clone, Copy)]
pub(super) struct Spectrum {
    pub(super) start: *mut f32,
    /// Floats of a tile.
    pub(super) channels: usize,
    /// From one frequency to the next.
    pub(super) step: usize,
}

impl Spectrum {
    /// In `buffer`, which must have room for it.
    pub(super) fn new(buffer: &mut [f32], tiles: usize, channels: usize) -> Self {
        let step = Self::step_for(tiles, channels);
        assert!(buffer.len() >= FREQUENCIES * step, "no room for {tiles} tiles of {channels}");
        Self { start: buffer.as_mut_ptr(), channels, step }
    }

    /// Floats that `tiles` of `channels` take at one frequency.
    pub(super) fn step_for(tiles: usize, channels: usize) -> usize {
        (tiles * channels).next_multiple_of(LINE) + SKEW
    }

    /// The first tile at `frequency`.
    pub(super) fn at(&self, frequency: usize) -> *mut f32 {
        self.start.wrapping_add(frequency * self.step)
    }
}

on_each_isa! {
    /// Transforms the inputs of `tiles` tiles from `first` on into `to`. `x` is the first picture's first value of the
    /// block's first channel, `zeros` as many zeros as the block has channels.
    ///
    /// # Safety
    /// `x` holds the channels of every picture that the tiles are of, and `to` is of these tiles and this thread's own.
    pub(super) unsafe fn transform_inputs[F](tiling: &Tiling, first: usize, tiles: usize, x: *const f32, zeros: *const f32, to: Spectrum) {
        for tile in 0..tiles {
            let inputs = tiling.inputs(tiling.place(first + tile), x, zeros);
            let to = Spectrum { start: to.start.wrapping_add(tile * to.channels), ..to };
            for_each_block(0..to.channels, &mut InputTile::<F> { inputs: &inputs, to, arithmetic: PhantomData });
        }
    }

    /// Transforms `tiles` tiles from `first` on back, and stores `finish` of them. `y` is the first picture's first
    /// value of the block's first filter.
    ///
    /// # Safety
    /// `from` is of these tiles; `y`, and the residual if there is one, hold every picture that they are of, and nobody
    /// else uses these filters of the tiles' outputs; a bias has all filters of the block.
    pub(super) unsafe fn transform_outputs[F](tiling: &Tiling, first: usize, tiles: usize, from: Spectrum, finish: Finish, y: *mut f32) {
        for tile in 0..tiles {
            let place = tiling.place(first + tile);
            let at = tiling.output_at(place.picture, place.y, place.x);
            let steps = [tiling.output[1] * tiling.filters, tiling.filters];
            let from = Spectrum { start: from.start.wrapping_add(tile * from.channels), ..from };
            let inside = tiling.inside(place);
            let output = &mut OutputTile::<F> { from, finish, at, steps, inside, y, arithmetic: PhantomData };
            for_each_block(0..from.channels, output);
        }
    }
}

struct InputTile<'a, F> {
    inputs: &'a [[*const f32; POINTS]; POINTS],
    to: Spectrum,
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic> Blocks for InputTile<'_, F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let mut half = [[[0.0; L]; POINTS]; POINTS];
        for column in 0..POINTS {
            let mut d = [[0.0; L]; POINTS];
            for line in 0..POINTS {
                // SAFETY: each input, or the zeros, has all the block's channels.
                d[line] = unsafe { read(self.inputs[line][column].wrapping_add(channel)) };
            }
            let transformed = transform::input::<F, L>(d);
            for line in 0..POINTS {
                half[line][column] = transformed[line];
            }
        }
        for line in 0..POINTS {
            let transformed = transform::input::<F, L>(half[line]);
            for column in 0..POINTS {
                let to = self.to.at(line * POINTS + column).wrapping_add(channel);
                // SAFETY: the buffer has every frequency of the tile, and belongs to this thread.
                unsafe { write(transformed[column], to) };
            }
        }
    }
}

struct OutputTile<F> {
    from: Spectrum,
    finish: Finish,
    /// Of the tile's first output in `y`.
    at: usize,
    /// From line to line and from column to column.
    steps: [usize; 2],
    /// Lines and columns that are inside the picture.
    inside: [usize; 2],
    y: *mut f32,
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic> Blocks for OutputTile<F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let mut half = [[[0.0; L]; POINTS]; STEP];
        for column in 0..POINTS {
            let mut m = [[0.0; L]; POINTS];
            for line in 0..POINTS {
                // SAFETY: the buffer has every frequency of the tile.
                m[line] = unsafe { read(self.from.at(line * POINTS + column).wrapping_add(channel)) };
            }
            let transformed = transform::output::<F, L>(m);
            for line in 0..STEP {
                half[line][column] = transformed[line];
            }
        }
        let Finish { bias, residual, low, high } = self.finish;
        // SAFETY: there is a bias for every filter.
        let bias = if bias.is_null() { [0.0; L] } else { unsafe { read(bias.wrapping_add(channel)) } };
        for line in 0..self.inside[0] {
            let transformed = transform::output::<F, L>(half[line]);
            for column in 0..STEP {
                if column < self.inside[1] {
                    let at = self.at + line * self.steps[0] + column * self.steps[1] + channel;
                    let mut value = add(transformed[column], bias);
                    if !residual.is_null() {
                        // SAFETY: the residual is laid out as the output.
                        value = add(value, unsafe { read(residual.wrapping_add(at)) });
                    }
                    // SAFETY: the position is inside the output, and no other piece has it.
                    unsafe { write(clamp(value, low, high), self.y.wrapping_add(at)) };
                }
            }
        }
    }
}

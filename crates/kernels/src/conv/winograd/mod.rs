//! Convolution of 3 × 3 kernels as F(4 × 4, 3 × 3) of Winograd (Lavin and Gray 2015, arXiv:1509.09308): 36
//! multiplications where 16 outputs would need 144.
//!
//! A tile of 4 × 4 outputs reads 6 × 6 inputs. Both it and the kernel are transformed to 36 frequencies; at each, the
//! transformed tiles by the transformed kernel is a matrix product over channels; and a transform back gives the
//! outputs. A piece of work is a strip of tiles by a block of filters, and goes through blocks of channels, so that
//! what is between the transforms stays in the second-level cache.

pub(super) mod gradient;
mod gradient_tiles;
mod kernels;
mod tiles;
mod transform;

use std::ops::Range;

use super::Conv;
use crate::activation;
use crate::aligned::{Aligned, LINE};
use crate::disjoint::Disjoint;
use crate::gemm::block::{Block, Finish, Rows, Steps, needs_second_pass};
use crate::gemm::cut::even;
use crate::gemm::tile::{PANEL, Start};
use crate::{Epilogue, Pool, Write};
pub(super) use gradient::KernelGradient;
pub(super) use tiles::Tiling;
use tiles::{Spectrum, transform_inputs, transform_outputs};
use transform::{FREQUENCIES, STEP, TAPS};

/// Channels that are transformed and multiplied at a time. Of 256 in one go, sums are stored once: 7 % faster than
/// twice 128, although the inputs are then half as many again as the cache holds.
const CHANNEL_BLOCK: usize = 256;
/// Filters of a piece.
const FILTER_BLOCK: usize = 128;
/// Floats of the transformed inputs and outputs of a piece: a megabyte.
const PIECE_FLOATS: usize = 1 << 18;
/// Rows of the largest micro-kernel.
const UNIT: usize = 14;
/// The least tiles of a piece, and its least filters, where that gives [`PIECES`].
const FEWEST_TILES: usize = 2 * UNIT;
const FEWEST_FILTERS: usize = 2 * PANEL;
/// Tiles that a block of weights should meet at least when it comes from beyond the second-level cache.
const ENOUGH_TILES: usize = 3 * UNIT;
/// Pieces enough for the threads of a small machine. With 16, the input gradient of 7 × 7 of 512 was about a quarter
/// slower on two threads, against the machine's own rate.
const PIECES: usize = 8;
/// Floats between frequencies that keep their addresses from falling into the same few places of the cache.
const SKEW: usize = LINE;
/// The least channels and filters.
const CHANNELS: usize = 16;

/// Whether `conv` is a convolution for which the transforms pay.
///
/// Times faster than the correlation, on two threads with AVX-512, batches of 8 and 16: 16 channels and filters 1.6,
/// 32 2.0, 64 2.4, 128 2.8; 14 × 14 of 256 2.3; 7 × 7 of 512 2.2, where tiles stick out most (but 0.9 for one picture
/// alone, which does not reuse the weights, four times as many as before). A map whose tiles stick out so far that less
/// than half of the multiplications is saved is left to the correlation.
pub(super) fn suits(conv: &Conv) -> bool {
    let [height, width, channels] = conv.window.input;
    is_simple(conv)
        && channels.min(conv.filters) >= CHANNELS
        && saves(conv.window.output)
        && saves([height, width])
}

/// Whether `conv` is of the kind that there are transforms for.
fn is_simple(conv: &Conv) -> bool {
    let window = &conv.window;
    conv.groups == 1 && window.kernel == [3; 2] && window.stride == [1; 2] && window.dilation == [1; 2]
}

/// Whether tiles of such a map save half of the multiplications or more.
fn saves(map: [usize; 2]) -> bool {
    let tiles: usize = map.iter().map(|extent| extent.div_ceil(STEP)).product();
    2 * tiles * FREQUENCIES <= map[0] * map[1] * TAPS
}

/// Transformed kernels, and the tiles that they meet.
#[derive(Clone)]
pub(super) struct Winograd {
    tiling: Tiling,
    /// Channels of a block, but for the last.
    block: usize,
    /// Panels of `[channels of the block, filters]` for each block and frequency.
    weights: Aligned,
}

/// A strip of tiles by a block of filters.
#[derive(Clone, Copy)]
struct Piece {
    first_tile: usize,
    tiles: usize,
    first_filter: usize,
    filters: usize,
}

impl Winograd {
    /// With weights of zero; for a convolution that [`suits`].
    pub(super) fn new(tiling: Tiling) -> Self {
        let panels = tiling.filters.div_ceil(PANEL) * PANEL;
        let block = even(tiling.channels, CHANNEL_BLOCK, LINE);
        let blocks = tiling.channels.div_ceil(block);
        let weights = Aligned::new(FREQUENCIES * (tiling.channels * panels + blocks * SKEW));
        Self { tiling, block, weights }
    }

    /// The first channel of each block, and how many it has.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (channels, block) = (self.tiling.channels, self.block);
        (0..channels).step_by(block).map(move |first| (first, block.min(channels - first)))
    }

    /// Where the weights of the block of channels from `first` on are.
    fn weights_of(&self, first: usize, channels: usize) -> Range<usize> {
        let start = first / self.block * FREQUENCIES * self.weights_step(self.block);
        start..start + FREQUENCIES * self.weights_step(channels)
    }

    /// Floats from one frequency to the next in the weights of a block of so many channels.
    fn weights_step(&self, channels: usize) -> usize {
        channels * self.tiling.filters.next_multiple_of(PANEL) + SKEW
    }

    /// Tiles and filters of a piece.
    fn cut(&self, tiles: usize) -> [usize; 2] {
        let all_filters = self.tiling.filters;
        let mut filters = even(all_filters, FILTER_BLOCK, PANEL);
        let fitting = PIECE_FLOATS / (FREQUENCIES * (self.block + filters));
        let mut strip = even(tiles, fitting.max(ENOUGH_TILES), UNIT);
        while tiles.div_ceil(strip) * all_filters.div_ceil(filters) < PIECES {
            if strip > FEWEST_TILES {
                strip = even(tiles, strip / 2, UNIT);
            } else if filters > FEWEST_FILTERS {
                filters = even(all_filters, filters / 2, PANEL);
            } else {
                break;
            }
        }
        [strip, filters]
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
        let tiles = batch * self.tiling.of_picture();
        if tiles == 0 {
            return;
        }
        let [strip, filters] = self.cut(tiles);
        let strips = tiles.div_ceil(strip);
        let scratch = self.block.next_multiple_of(LINE)
            + FREQUENCIES * (Spectrum::step_for(strip, self.block) + Spectrum::step_for(strip, filters));
        let y = Disjoint::new(y);
        // Neighbouring pieces share their filters, so that their weights stay in the cache.
        pool.run_with_scratch(strips * self.tiling.filters.div_ceil(filters), scratch, |piece, scratch| {
            let (first_tile, first_filter) = (piece % strips * strip, piece / strips * filters);
            let piece = Piece {
                first_tile,
                tiles: strip.min(tiles - first_tile),
                first_filter,
                filters: filters.min(self.tiling.filters - first_filter),
            };
            self.run_piece(pool, x, epilogue, write, &y, piece, scratch);
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn run_piece(
        &self,
        pool: &Pool,
        x: &[f32],
        epilogue: &Epilogue,
        write: Write,
        y: &Disjoint,
        piece: Piece,
        scratch: &mut [f32],
    ) {
        let Piece { first_tile, tiles, first_filter, filters } = piece;
        let (zeros, scratch) = scratch.split_at_mut(self.block.next_multiple_of(LINE));
        zeros.fill(0.0);
        let (inputs, sums) = scratch.split_at_mut(FREQUENCIES * Spectrum::step_for(tiles, self.block));
        let sums = Spectrum::new(sums, tiles, filters);
        for (first, channels) in self.blocks() {
            let inputs = Spectrum::new(inputs, tiles, channels);
            let x = x[first..].as_ptr();
            // SAFETY: the door checks that `x` holds the whole batch; the buffer was made for these tiles.
            unsafe {
                transform_inputs(pool.isa(), &self.tiling, first_tile, tiles, x, zeros.as_ptr(), inputs)
            };
            let start = if first == 0 { Start::Zero } else { Start::Output };
            self.multiply(pool, piece, (first, channels), inputs, sums, start);
        }
        let mut finish = Finish::new(epilogue, first_filter, first_filter);
        let y = y.as_mut_ptr().wrapping_add(first_filter);
        if write == Write::Add {
            finish.residual = y;
        }
        // SAFETY: the door checks that output, residual and bias hold the whole batch; no two pieces share any output.
        unsafe { transform_outputs(pool.isa(), &self.tiling, first_tile, tiles, sums, finish, y) };
        if needs_second_pass(epilogue.activation) {
            self.activate(pool, epilogue, piece, y);
        }
    }

    /// The matrix product of each frequency, for one block of channels.
    fn multiply(
        &self,
        pool: &Pool,
        piece: Piece,
        (first, channels): (usize, usize),
        inputs: Spectrum,
        sums: Spectrum,
        start: Start,
    ) {
        let weights = &self.weights.as_slice()[self.weights_of(first, channels)];
        for (frequency, weights) in weights.chunks_exact(self.weights_step(channels)).enumerate() {
            let block = Block {
                rows: Rows { pictures: 1, lines: 1, width: piece.tiles },
                a: inputs.at(frequency),
                a_steps: Steps { position: channels, ..Steps::default() },
                segments: &[0],
                segment_len: channels,
                b: &weights[piece.first_filter * channels..],
                c: sums.at(frequency),
                c_steps: Steps { position: piece.filters, ..Steps::default() },
                columns: piece.filters,
                start,
                finish: Finish::NONE,
            };
            // SAFETY: both buffers hold every frequency of the piece's tiles, and are this thread's own.
            unsafe { block.multiply(pool.isa()) };
        }
    }

    /// Applies to the piece's outputs an activation that does more than clamp.
    fn activate(&self, pool: &Pool, epilogue: &Epilogue, piece: Piece, y: *mut f32) {
        for tile in piece.first_tile..piece.first_tile + piece.tiles {
            let place = self.tiling.place(tile);
            let [lines, columns] = self.tiling.inside(place);
            for position in 0..lines * columns {
                let (line, column) = (place.y + position / columns, place.x + position % columns);
                let at = self.tiling.output_at(place.picture, line, column);
                // SAFETY: these are output values of the piece, this thread's alone.
                let values = unsafe { std::slice::from_raw_parts_mut(y.wrapping_add(at), piece.filters) };
                activation::forward_in_place(pool, epilogue.activation, values);
            }
        }
    }
}

//! Convolutions of many small groups, as depthwise ones over planes of the input.
//!
//! With `g` input channels a group, output channel `c` is the sum over `j` of depthwise convolutions of a plane that
//! holds in channel `c` the `j`-th input channel of its group. The planes are spread for some rows and channels at a
//! time, which stay in the cache, and lie between each other row by row: a depthwise convolution whose kernel is `g`
//! times as high and whose vertical stride is `g` times as long takes all of them at once.
//!
//! The gradient of the kernel goes the same way. That of the input gathers from planes of `dy`, one after the other.

use std::ops::Range;

use super::Conv;
use crate::depthwise::{backward_input_rows, backward_kernel_rows, forward_rows};
use crate::disjoint::Disjoint;
use crate::isa::on_each_isa;
use crate::{Epilogue, Isa, Pool, Window, Write, activation, elementwise};

/// Channels of a group, on either side, up to which a matrix product would leave most of its registers empty. With 8 it
/// does better forward, as well over a training step.
const FEW: usize = 4;
/// Channels of a plane that are spread at once.
const BLOCK: usize = 16;
/// Floats of the planes of some rows, about.
const PLANES: usize = 1 << 16;
/// Parts that the kernel's gradient is summed in, at most.
const PARTIAL_SUMS: usize = 32;
/// Multiply-adds of such a part, at least.
const LEAST_WORK: usize = 1 << 19;

/// Whether a convolution is computed this way.
pub(super) fn suits(conv: &Conv) -> bool {
    let of_group = |channels: usize| channels / conv.groups;
    conv.groups > 1
        && of_group(conv.window.input[2]) <= FEW
        && of_group(conv.filters) <= FEW
        && conv.window.dilation[0] == 1
}

/// One side's channels become the planes, the other's are the planes' channels.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// All channels of the tensor that is spread.
    channels: usize,
    /// Those of a group: planes.
    from: usize,
    /// Channels of a group in a plane.
    to: usize,
    /// All channels of a plane.
    spread: usize,
}

impl Side {
    fn new(channels: usize, spread: usize, groups: usize) -> Self {
        Self { channels, from: channels / groups, to: spread / groups, spread }
    }

    /// Channels of a plane at once: whole groups.
    fn block(&self) -> usize {
        BLOCK.next_multiple_of(self.to).min(self.spread)
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (block, spread) = (self.block(), self.spread);
        (0..spread).step_by(block).map(move |first| first..spread.min(first + block))
    }

    /// Channel `j` of each group of `block` becomes plane `j`, in which it stands for each channel of its group.
    fn spread(&self, isa: Isa, x: &[f32], block: &Range<usize>, planes: &mut [f32]) {
        let first = block.start / self.to * self.from;
        spread(isa, x, self.channels, first, self.from, self.to, block.len(), planes);
    }

    /// Spreads the input rows that `output` rows read; gives the number of the first row of the planes.
    fn spread_rows(
        &self,
        isa: Isa,
        window: &Window,
        x: &[f32],
        output: &Range<usize>,
        block: &Range<usize>,
        planes: &mut [f32],
    ) -> usize {
        let input = input_rows(window, output);
        let (row, plane_row) = (window.input[1] * self.channels, window.input[1] * block.len() * self.from);
        for (y, planes) in input.clone().zip(planes.chunks_exact_mut(plane_row)) {
            self.spread(isa, &x[y * row..(y + 1) * row], block, planes);
        }
        input.start * self.from
    }
}

/// A kernel laid out for one of the two directions: for each block of channels its taps.
#[derive(Clone)]
pub(super) struct Grouped {
    conv: Conv,
    side: Side,
    weights: Vec<f32>,
}

impl Grouped {
    /// For [`Grouped::forward`], zero until packed.
    pub(super) fn ahead(conv: &Conv) -> Self {
        let side = Side::new(conv.window.input[2], conv.filters, conv.groups);
        Self { conv: *conv, side, weights: vec![0.0; conv.kernel_len()] }
    }

    /// For [`Grouped::backward_input`], zero until packed.
    pub(super) fn back(conv: &Conv) -> Self {
        let side = Side::new(conv.filters, conv.window.input[2], conv.groups);
        Self { conv: *conv, side, weights: vec![0.0; conv.kernel_len()] }
    }

    /// From Keras's layout to `[kh, plane, kw, block]` for each block.
    pub(super) fn pack(&mut self, kernel: &[f32]) {
        let Conv { window, filters, .. } = self.conv;
        let side = self.side;
        let mut weights = self.weights.iter_mut();
        for block in side.blocks() {
            for row in rows_of_taps(window.kernel, side.from) {
                let row = &kernel[row * filters..][block.clone()];
                row.iter().zip(&mut weights).for_each(|(value, weight)| *weight = *value);
            }
        }
    }

    /// From Keras's layout to `[plane, kh, kw, block]` for each block, for the input's gradient.
    pub(super) fn pack_turned(&mut self, kernel: &[f32]) {
        let Conv { window, filters, .. } = self.conv;
        let side = self.side;
        let taps = window.kernel[0] * window.kernel[1];
        let mut weights = self.weights.iter_mut();
        for block in side.blocks() {
            for (plane, tap) in (0..side.from).flat_map(|plane| (0..taps).map(move |tap| (plane, tap))) {
                for (c, weight) in block.clone().zip(&mut weights) {
                    let row = tap * side.to + c % side.to;
                    *weight = kernel[row * filters + c / side.to * side.from + plane];
                }
            }
        }
    }

    /// `y = epilogue(conv(x))`; lengths are checked by the door.
    pub(super) fn forward(&self, pool: &Pool, batch: usize, x: &[f32], epilogue: &Epilogue, y: &mut [f32]) {
        let (window, side) = (self.conv.window, self.side);
        let [height, width] = window.output;
        let rows = rows_at_once(&window, side);
        let bands = height.div_ceil(rows);
        let row = width * side.spread;
        let planes = planes_len(&window, side, rows);
        let parts = Disjoint::new(y);
        pool.run_with_scratch(batch * bands, planes + rows * width * side.block(), |piece, scratch| {
            let (picture, band) = (piece / bands, piece % bands);
            let output = band * rows..((band + 1) * rows).min(height);
            let range = (picture * height + output.start) * row..(picture * height + output.end) * row;
            // SAFETY: different pieces write different rows of different pictures.
            let y = unsafe { parts.part(range.clone()) };
            let x = &x[picture * window.input_len()..][..window.input_len()];
            let mut at = 0;
            for block in side.blocks() {
                let (planes, given) = scratch.split_at_mut(planes);
                let first_row = side.spread_rows(pool.isa(), &window, x, &output, &block, planes);
                let tall = tall(&window, side.from, block.len());
                let weights = &self.weights[at..][..tall.kernel.iter().product::<usize>() * block.len()];
                at += weights.len();
                let bias = epilogue.bias.map(|bias| &bias[block.clone()]);
                let plain = Epilogue { bias, ..Epilogue::default() };
                let given = &mut given[..output.len() * width * block.len()];
                forward_rows(pool.isa(), &tall, planes, first_row, weights, &plain, output.clone(), given);
                put_block(pool.isa(), given, block.start, side.spread, Write::Set, y);
            }
            if let Some(residual) = epilogue.residual {
                elementwise::accumulate(pool.isa(), &residual[range], y);
            }
            activation::in_place(pool.isa(), epilogue.activation, y);
        });
    }

    /// The gradient of the input; lengths are checked by the door.
    pub(super) fn backward_input(&self, pool: &Pool, batch: usize, dy: &[f32], write: Write, dx: &mut [f32]) {
        let (window, side) = (self.conv.window, self.side);
        let [height, width, channels] = window.input;
        let rows = (PLANES / (width * side.block() * (side.from + 1)).max(1)).clamp(1, height.max(1));
        let bands = height.div_ceil(rows);
        let out_row = window.output[1] * side.channels;
        let most = rows.div_ceil(window.stride[0]) + window.kernel[0].div_ceil(window.stride[0]) + 1;
        let planes = most.min(window.output[0]) * window.output[1] * side.block() * side.from;
        let parts = Disjoint::new(dx);
        pool.run_with_scratch(batch * bands, planes + rows * width * side.block(), |piece, scratch| {
            let (picture, band) = (piece / bands, piece % bands);
            let input = band * rows..((band + 1) * rows).min(height);
            let above = picture * height;
            // SAFETY: different pieces write different rows of different pictures.
            let dx = unsafe {
                parts.part((above + input.start) * width * channels..(above + input.end) * width * channels)
            };
            let output = output_rows(&window, &input);
            let dy =
                &dy[picture * window.output[0] * out_row..][output.start * out_row..output.end * out_row];
            let mut at = 0;
            for block in side.blocks() {
                let (planes, given) = scratch.split_at_mut(planes);
                let plane = output.len() * window.output[1] * block.len();
                side.spread(pool.isa(), dy, &block, &mut planes[..plane * side.from]);
                let own = Window { input: [height, width, block.len()], ..window };
                let taps = window.kernel[0] * window.kernel[1] * block.len();
                let given = &mut given[..input.len() * width * block.len()];
                for nth in 0..side.from {
                    let weights = &self.weights[at..at + taps];
                    at += taps;
                    let dy = &planes[nth * plane..(nth + 1) * plane];
                    let write = if nth == 0 { Write::Set } else { Write::Add };
                    let input = input.clone();
                    backward_input_rows(pool.isa(), &own, dy, output.start, weights, write, input, given);
                }
                put_block(pool.isa(), given, block.start, channels, write, dx);
            }
        });
    }
}

/// The gradient of the kernel, in Keras's layout; `scratch` has [`scratch`] floats.
pub(super) fn backward_kernel(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    scratch: &mut [f32],
    dkernel: &mut [f32],
) {
    let (window, side) = (conv.window, Side::new(conv.window.input[2], conv.filters, conv.groups));
    let [height, width] = window.output;
    let (len, sums, rows) = (dkernel.len(), partial_sums(conv, batch), rows_at_once(&window, side));
    let planes = planes_len(&window, side, rows);
    let (partial, _) = scratch.split_at_mut(sums * len);
    let parts = Disjoint::new(&mut *partial);
    pool.run_with_scratch(sums, planes + rows * width * side.block(), |piece, scratch| {
        // SAFETY: every piece has its own sums.
        let own = unsafe { parts.part(piece * len..(piece + 1) * len) };
        own.fill(0.0);
        let (mut next, end) = (piece * batch * height / sums, (piece + 1) * batch * height / sums);
        while next < end {
            let (picture, first) = (next / height, next % height);
            let output = first..(first + rows.min(end - next)).min(height);
            let dy = &dy[next * width * side.spread..][..output.len() * width * side.spread];
            next += output.len();
            let x = &x[picture * window.input_len()..][..window.input_len()];
            let mut own = &mut *own;
            for block in side.blocks() {
                let (planes, taken) = scratch.split_at_mut(planes);
                let first_row = side.spread_rows(pool.isa(), &window, x, &output, &block, planes);
                let taken = &mut taken[..output.len() * width * block.len()];
                take_block(pool.isa(), dy, block.start, side.spread, taken);
                let tall = tall(&window, side.from, block.len());
                let (target, rest) = own.split_at_mut(tall.kernel.iter().product::<usize>() * block.len());
                own = rest;
                backward_kernel_rows(pool.isa(), &tall, planes, first_row, taken, output.clone(), target);
            }
        }
    });
    let (total, others) = partial.split_at_mut(len);
    for part in others.chunks_exact(len) {
        elementwise::accumulate(pool.isa(), part, total);
    }
    unpack(conv, side, total, dkernel);
}

/// Floats of scratch that [`backward_kernel`] needs.
pub(super) fn scratch(conv: &Conv, batch: usize) -> usize {
    partial_sums(conv, batch) * conv.kernel_len()
}

fn partial_sums(conv: &Conv, batch: usize) -> usize {
    let rows = batch * conv.window.output[0];
    (batch * conv.window.positions() * conv.kernel_len() / LEAST_WORK).clamp(1, PARTIAL_SUMS).min(rows.max(1))
}

/// The way back from [`Grouped::pack`].
fn unpack(conv: &Conv, side: Side, sums: &[f32], dkernel: &mut [f32]) {
    let mut sums = sums.iter();
    for block in side.blocks() {
        for row in rows_of_taps(conv.window.kernel, side.from) {
            let row = &mut dkernel[row * conv.filters..][block.clone()];
            row.iter_mut().zip(&mut sums).for_each(|(value, sum)| *value = *sum);
        }
    }
}

/// The rows of Keras's kernel `[kh · kw · plane, filters]` in the order of the planes' kernel `[kh, plane, kw]`.
fn rows_of_taps([height, width]: [usize; 2], planes: usize) -> impl Iterator<Item = usize> {
    let rows = (0..height).flat_map(move |ky| (0..planes).map(move |plane| (ky, plane)));
    rows.flat_map(move |(ky, plane)| (0..width).map(move |kx| (ky * width + kx) * planes + plane))
}

/// The depthwise window over planes that lie between each other row by row.
fn tall(window: &Window, planes: usize, channels: usize) -> Window {
    let [height, width, _] = window.input;
    Window {
        input: [height * planes, width, channels],
        kernel: [window.kernel[0] * planes, window.kernel[1]],
        stride: [window.stride[0] * planes, window.stride[1]],
        pad: [window.pad[0] * planes, window.pad[1]],
        ..*window
    }
}

/// Output rows whose planes stay in the cache.
fn rows_at_once(window: &Window, side: Side) -> usize {
    let plane_row = window.input[1] * side.block() * side.from;
    let rows = (PLANES / plane_row.max(1)).saturating_sub(window.kernel[0]) / window.stride[0];
    rows.clamp(1, window.output[0].max(1))
}

/// Floats of the planes of all input rows that so many output rows read.
fn planes_len(window: &Window, side: Side, rows: usize) -> usize {
    let input = ((rows - 1) * window.stride[0] + window.kernel[0]).min(window.input[0]);
    input * window.input[1] * side.block() * side.from
}

/// The input rows that output rows read.
fn input_rows(window: &Window, output: &Range<usize>) -> Range<usize> {
    let end = (output.end - 1) * window.stride[0] + window.kernel[0];
    let end = end.saturating_sub(window.pad[0]).min(window.input[0]);
    (output.start * window.stride[0]).saturating_sub(window.pad[0]).min(end)..end
}

/// The output rows that read input rows.
fn output_rows(window: &Window, input: &Range<usize>) -> Range<usize> {
    let end = ((input.end - 1 + window.pad[0]) / window.stride[0] + 1).min(window.output[0]);
    let start = (input.start + window.pad[0] + 1).saturating_sub(window.kernel[0]).div_ceil(window.stride[0]);
    start.min(end)..end
}

on_each_isa! {
    /// [`Side::spread`] of rows of `channels`, from channel `first` on, to planes of `width` channels.
    fn spread[F](
        x: &[f32], channels: usize, first: usize, from: usize, to: usize, width: usize, planes: &mut [f32],
    ) {
        match (from, to, width) {
            (2, 2, BLOCK) => spread_known::<2>(x, channels, first, planes),
            (4, 4, BLOCK) => spread_known::<4>(x, channels, first, planes),
            _ => spread_any(x, [channels, first], [from, to], width, planes),
        }
    }

    /// A block's values to their channels, from `first` on, of `y: [rows, channels]`.
    fn put_block[F](given: &[f32], first: usize, channels: usize, write: Write, y: &mut [f32]) {
        let rows = y.len() / channels;
        for_each_row(given.len(), channels, rows, first, |to, from, width| {
            let pairs = y[to..to + width].iter_mut().zip(&given[from..from + width]);
            match write {
                Write::Set => pairs.for_each(|(y, given)| *y = *given),
                Write::Add => pairs.for_each(|(y, given)| *y += *given),
            }
        });
    }

    /// The way back from [`put_block`].
    fn take_block[F](x: &[f32], first: usize, channels: usize, taken: &mut [f32]) {
        let rows = x.len() / channels;
        for_each_row(taken.len(), channels, rows, first, |from, to, width| {
            let pairs = taken[to..to + width].iter_mut().zip(&x[from..from + width]);
            pairs.for_each(|(taken, x)| *taken = *x);
        });
    }
}

/// Calls `each` for what rows of `channels` and rows of a block of them, from channel `first` on, share: where a row's
/// begins in either, and how many values it is.
#[inline(always)]
fn for_each_row(
    len: usize,
    channels: usize,
    rows: usize,
    first: usize,
    mut each: impl FnMut(usize, usize, usize),
) {
    let width = len / rows.max(1);
    // A width that is known needs no call to copy so little.
    match width {
        BLOCK => (0..rows).for_each(|row| each(row * channels + first, row * BLOCK, BLOCK)),
        _ => (0..rows).for_each(|row| each(row * channels + first, row * width, width)),
    }
}

/// Groups of `G` channels on both sides, in planes of [`BLOCK`] channels.
#[inline(always)]
fn spread_known<const G: usize>(x: &[f32], channels: usize, first: usize, planes: &mut [f32]) {
    let plane = x.len() / channels * BLOCK;
    for (position, x) in x.chunks_exact(channels).enumerate() {
        let mut given = [0.0; BLOCK];
        given.copy_from_slice(&x[first..first + BLOCK]);
        for j in 0..G {
            let mut spread = [0.0; BLOCK];
            for (lane, spread) in spread.iter_mut().enumerate() {
                *spread = given[lane / G * G + j];
            }
            planes[j * plane + position * BLOCK..][..BLOCK].copy_from_slice(&spread);
        }
    }
}

#[inline(always)]
fn spread_any(
    x: &[f32],
    [channels, first]: [usize; 2],
    [from, to]: [usize; 2],
    width: usize,
    planes: &mut [f32],
) {
    let plane = x.len() / channels * width;
    for (position, x) in x.chunks_exact(channels).enumerate() {
        let x = &x[first..first + width / to * from];
        for j in 0..from {
            let spread = &mut planes[j * plane + position * width..][..width];
            for (copies, group) in spread.chunks_exact_mut(to).zip(x.chunks_exact(from)) {
                copies.fill(group[j]);
            }
        }
    }
}

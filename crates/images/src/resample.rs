//! Resizes by exact area averages where an axis shrinks, and by Keys's cubic (a = −1/2) where it grows.
//!
//! An output pixel `i` covers `[start + i·s, start + (i+1)·s)` of the input, `s` = input length / output
//! length. Shrinking (`s ≥ 1`), its value is the mean over what it covers, parts of a pixel counted as parts.
//! Growing, it is `Σ k(x − centre)·p(x)` over the nearest four pixels, fewer at the border, weights scaled to
//! sum to one (R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981).
//! Rows are blended first, averages in 16-bit fixed point, which vector units are fastest at; then columns, in f32.

/// Pixels, one or three channels, to read from.
#[derive(Clone, Copy)]
pub(crate) struct Pixels<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) size: [usize; 2],
    pub(crate) channels: usize,
    pub(crate) layout: Layout,
}

/// How pixels lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[height, width, channels]`.
    Interleaved,
    /// `[channels, height, width]`.
    Planar,
}

/// A part of an axis, in pixels. Parts of a pixel count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: f64,
    pub(crate) length: f64,
}

impl Span {
    /// All of an axis.
    pub(crate) fn whole(length: usize) -> Self {
        Self { start: 0.0, length: length as f64 }
    }
}

/// Resizes pictures, keeping its working memory between them.
#[derive(Default)]
pub(crate) struct Resampler {
    rows: Taps,
    columns: Taps,
    sums: Vec<u16>,
    /// As `blended`, of one channel.
    plane: Vec<f32>,
    /// One row of the output's height and the input's width.
    blended: Vec<f32>,
    /// The same row at the output's width.
    row: Vec<f32>,
}

impl Resampler {
    /// Resizes the `seen` part of `picture` to `size`, into `target`: `[height, width, channels]`.
    pub(crate) fn resample(&mut self, picture: Pixels, seen: [Span; 2], size: [usize; 2], target: &mut [u8]) {
        if picture.layout == Layout::Interleaved && picture.size == size && seen == size.map(Span::whole) {
            target.copy_from_slice(picture.bytes);
            return;
        }
        self.rows.plan(picture.size[0], seen[0], size[0]);
        self.columns.plan(picture.size[1], seen[1], size[1]);
        match (picture.channels, picture.layout) {
            (1, _) => self.run::<1, 1, 1>(picture, target),
            (_, Layout::Interleaved) => self.run::<3, 3, 4>(picture, target),
            (_, Layout::Planar) => self.run::<3, 4, 4>(picture, target),
        }
    }

    /// Pixels have `C` channels and stand `STEP` values apart in a blended row. The column pass works on `LANES` at
    /// once: three channels as four, the last unused.
    fn run<const C: usize, const STEP: usize, const LANES: usize>(
        &mut self,
        picture: Pixels,
        target: &mut [u8],
    ) {
        let Self { rows, columns, sums, plane, blended, row } = self;
        let seen = columns.reach();
        blended.clear();
        blended.resize(seen.len() * STEP + LANES - C, 0.0);
        plane.resize(seen.len(), 0.0);
        let row_width = columns.first.len() * C;
        row.resize(row_width + LANES - C, 0.0);
        for (number, out) in target.chunks_exact_mut(row_width).enumerate() {
            let first = rows.first[number] * picture.size[1] + seen.start;
            match picture.layout {
                Layout::Interleaved => {
                    let blended = &mut blended[..seen.len() * C];
                    blend_rows(&picture.bytes[first * C..], picture.size[1] * C, rows, number, sums, blended);
                }
                Layout::Planar => {
                    let whole = picture.size[0] * picture.size[1];
                    for channel in 0..C {
                        let from = &picture.bytes[channel * whole + first..];
                        blend_rows(from, picture.size[1], rows, number, sums, plane);
                        for (pixel, value) in blended.as_chunks_mut::<STEP>().0.iter_mut().zip(plane.iter()) {
                            pixel[channel] = *value;
                        }
                    }
                }
            }
            blend_columns::<C, STEP, LANES>(blended, columns, seen.start, row);
            round(row, out);
        }
    }
}

/// How output pixels are made along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Area,
    Cubic,
}

/// For one axis: which input pixels an output pixel is made of, and with what weights.
#[derive(Default)]
struct Taps {
    kind: Kind,
    /// The first input pixel of each output pixel.
    first: Vec<usize>,
    /// How many input pixels each is made of: the same number for all, some with a weight of zero.
    count: usize,
    /// `count` for each output pixel.
    weights: Vec<f32>,
    /// The same in fixed point, in units of 1 / [`FIXED_ONE`].
    fixed: Vec<u16>,
}

impl Taps {
    /// Plans `length` output pixels over the `seen` part of `input` pixels.
    fn plan(&mut self, input: usize, seen: Span, length: usize) {
        let scale = seen.length / length as f64;
        self.kind = if scale >= 1.0 { Kind::Area } else { Kind::Cubic };
        self.count = match self.kind {
            // A window that begins within a pixel touches one more.
            Kind::Area => scale.ceil() as usize + 1,
            Kind::Cubic => 4,
        };
        self.count = self.count.min(input);
        self.first.clear();
        self.weights.clear();
        self.fixed.clear();
        for i in 0..length {
            let low = seen.start + i as f64 * scale;
            let centre = low + scale / 2.0;
            match self.kind {
                Kind::Area => self.push(input, low.floor(), |pixel| overlap(pixel, low, low + scale)),
                Kind::Cubic => {
                    self.push(input, (centre - 0.5).floor() - 1.0, |pixel| keys(pixel + 0.5 - centre))
                }
            }
        }
    }

    /// Adds an output pixel with input pixels from `first` on, moved so that all lie inside.
    fn push(&mut self, input: usize, first: f64, weight: impl Fn(f64) -> f64) {
        let first = (first.max(0.0) as usize).min(input - self.count);
        let weights = || (first..first + self.count).map(|pixel| weight(pixel as f64));
        let sum: f64 = weights().sum();
        let (mut running, mut given) = (0.0, 0);
        for weight in weights() {
            self.weights.push((weight / sum) as f32);
            // Rounding errors are carried on, so that any run of weights sums to what it should.
            running += weight / sum * f64::from(FIXED_ONE);
            let fixed = (running.round() as i64 - given).clamp(0, i64::from(FIXED_ONE));
            given += fixed;
            self.fixed.push(fixed as u16);
        }
        self.first.push(first);
    }

    fn weights(&self, number: usize) -> &[f32] {
        &self.weights[number * self.count..][..self.count]
    }

    fn fixed_weights(&self, number: usize) -> &[u16] {
        &self.fixed[number * self.count..][..self.count]
    }

    /// The input pixels that matter at all.
    fn reach(&self) -> std::ops::Range<usize> {
        let first = self.first.first().copied().unwrap_or(0);
        let end = self.first.last().map_or(0, |last| last + self.count);
        first..end
    }
}

/// How much of `pixel` lies in `[low, high)`.
fn overlap(pixel: f64, low: f64, high: f64) -> f64 {
    (high.min(pixel + 1.0) - low.max(pixel)).max(0.0)
}

/// Keys's cubic kernel with a = −1/2.
fn keys(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// A weight of one in fixed point: the largest multiple of 256 that fits, so that sums are in 256ths of a level.
const FIXED_ONE: u16 = 65280;

/// Fixed point serves up to so many rows. Each product is rounded down to a 256th of a level; the sum of so
/// many is at most a quarter of a level too small.
const MOST_FIXED_ROWS: usize = 64;

/// Row `number` of the output's height and the input's width. `bytes` begin at its first input row; `sums` is
/// working memory.
fn blend_rows(
    bytes: &[u8],
    stride: usize,
    rows: &Taps,
    number: usize,
    sums: &mut Vec<u16>,
    target: &mut [f32],
) {
    match rows.kind {
        Kind::Area if rows.count <= MOST_FIXED_ROWS => {
            blend_fixed(bytes, stride, rows.fixed_weights(number), sums, target);
        }
        _ => blend_float(bytes, stride, rows.weights(number), target),
    }
}

/// `target[x] = Σ weights[k] · rows[k · stride + x]`. `sums` is working memory.
fn blend_fixed(rows: &[u8], stride: usize, weights: &[u16], sums: &mut Vec<u16>, target: &mut [f32]) {
    let width = target.len();
    sums.clear();
    sums.resize(width, 0);
    for (group, weights) in weights.chunks(4).enumerate() {
        // A group that is not full goes on with its first row, at a weight of zero.
        let row = |k: usize| {
            let k = if k < weights.len() { group * 4 + k } else { group * 4 };
            &rows[k * stride..k * stride + width]
        };
        let weight = |k: usize| weights.get(k).copied().unwrap_or(0);
        add_rows([row(0), row(1), row(2), row(3)], [weight(0), weight(1), weight(2), weight(3)], sums);
    }
    for (value, sum) in target.iter_mut().zip(sums.iter()) {
        *value = f32::from(*sum) * (1.0 / 256.0);
    }
}

/// `sums[x] += Σ weights[k] · rows[k][x]`, in 256ths.
fn add_rows(rows: [&[u8]; 4], weights: [u16; 4], sums: &mut [u16]) {
    let [a, b, c, d] = rows.map(|row| &row[..sums.len()]);
    for (x, sum) in sums.iter_mut().enumerate() {
        let upper = part(a[x], weights[0]).wrapping_add(part(b[x], weights[1]));
        let lower = part(c[x], weights[2]).wrapping_add(part(d[x], weights[3]));
        *sum = sum.wrapping_add(upper).wrapping_add(lower);
    }
}

/// `weight · pixel` in 256ths, rounded down. The byte is doubled to 16 bits (times 257), which vector units do
/// as fast as widening it, and the upper half of the product is theirs in one instruction.
#[inline(always)]
fn part(pixel: u8, weight: u16) -> u16 {
    let wide = u16::from_ne_bytes([pixel, pixel]);
    ((u32::from(wide) * u32::from(weight)) >> 16) as u16
}

/// As [`blend_fixed`], for weights below zero and for many rows.
fn blend_float(rows: &[u8], stride: usize, weights: &[f32], target: &mut [f32]) {
    target.fill(0.0);
    for (k, weight) in weights.iter().enumerate() {
        for (value, pixel) in target.iter_mut().zip(&rows[k * stride..]) {
            *value += f32::from(*pixel) * weight;
        }
    }
}

/// Blends the columns of one row, which begins at input column `first_column`. All lanes of a pixel are stored
/// at once; what is too much is overwritten by the next pixel, and after the last one there is room for it.
fn blend_columns<const C: usize, const STEP: usize, const LANES: usize>(
    row: &[f32],
    columns: &Taps,
    first_column: usize,
    out: &mut [f32],
) {
    // A loop whose length is known is twice as fast; these are the lengths for pictures up to six times as wide.
    match columns.count {
        2 => blend_known::<C, STEP, LANES, 2>(row, columns, first_column, out),
        3 => blend_known::<C, STEP, LANES, 3>(row, columns, first_column, out),
        4 => blend_known::<C, STEP, LANES, 4>(row, columns, first_column, out),
        5 => blend_known::<C, STEP, LANES, 5>(row, columns, first_column, out),
        6 => blend_known::<C, STEP, LANES, 6>(row, columns, first_column, out),
        7 => blend_known::<C, STEP, LANES, 7>(row, columns, first_column, out),
        count => {
            let weights = columns.weights.chunks_exact(count);
            for (column, (first, weights)) in columns.first.iter().zip(weights).enumerate() {
                let values = &row[(first - first_column) * STEP..];
                out[column * C..column * C + LANES]
                    .copy_from_slice(&blend_pixel::<STEP, LANES>(values, weights));
            }
        }
    }
}

/// As [`blend_columns`], with `COUNT` weights a pixel.
fn blend_known<const C: usize, const STEP: usize, const LANES: usize, const COUNT: usize>(
    row: &[f32],
    columns: &Taps,
    first_column: usize,
    out: &mut [f32],
) {
    let (weights, _) = columns.weights.as_chunks::<COUNT>();
    for (column, (first, weights)) in columns.first.iter().zip(weights).enumerate() {
        let values = &row[(first - first_column) * STEP..][..COUNT * STEP + LANES - STEP];
        out[column * C..column * C + LANES].copy_from_slice(&blend_pixel::<STEP, LANES>(values, weights));
    }
}

#[inline(always)]
fn blend_pixel<const STEP: usize, const LANES: usize>(values: &[f32], weights: &[f32]) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for (k, weight) in weights.iter().enumerate() {
        let Some(lanes) = values.get(k * STEP..).and_then(|values| values.first_chunk::<LANES>()) else {
            break;
        };
        for (sum, value) in sums.iter_mut().zip(lanes) {
            *sum += value * weight;
        }
    }
    sums
}

/// To the nearest bytes. Adding 2²³ leaves the whole number in the low bits, which vector units do as they are.
fn round(values: &[f32], bytes: &mut [u8]) {
    for (byte, value) in bytes.iter_mut().zip(values) {
        *byte = (within_a_byte(*value) + 8_388_608.0).to_bits() as u8;
    }
}

/// Stops at 0 and at 255. Written so that either comparison is one instruction for all lanes.
#[inline(always)]
pub(crate) fn within_a_byte(value: f32) -> f32 {
    let value = if value > 0.0 { value } else { 0.0 };
    if value < 255.0 { value } else { 255.0 }
}

#[cfg(test)]
mod tests;

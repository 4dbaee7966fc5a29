//! Batch norm over all axes but the last (Ioffe & Szegedy 2015): the batch's figures, the affine pass, the backward.

mod pass;
pub use pass::Line;
pub(crate) use pass::{affine as affine_rows, gradient as gradient_rows};
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::columns::{self, Terms};
use crate::disjoint::Disjoint;
use crate::elementwise::in_pieces;
use crate::{Pool, Write};

/// Rows, spread over the batch, whose mean the sums of squares are taken around.
const SAMPLE: usize = 64;

/// Mean and biased variance of each channel of `x: [rows, channels]`.
///
/// Sums of `x − shift` and of its square, in float64, around the mean of some of the rows: what cancels is small.
/// Without rows both are zero.
pub fn statistics(
    pool: &Pool,
    channels: usize,
    x: &[f32],
    scratch: &mut [f32],
    mean: &mut [f32],
    variance: &mut [f32],
) {
    assert_eq!(mean.len(), channels, "norm: length of the mean");
    assert_eq!(variance.len(), channels, "norm: length of the variance");
    assert!(channels > 0 && x.len().is_multiple_of(channels), "norm: x is not whole rows");
    let rows = x.len() / channels;
    let sample = SAMPLE.min(rows);
    mean.fill(0.0);
    for i in 0..sample {
        let row = &x[i * rows / sample * channels..][..channels];
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / sample as f32);
    }
    let [first, second] = columns::sums(pool, channels, Terms::Moments { x, shift: mean }, scratch);
    let rows = rows.max(1) as f64;
    for (c, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
        let offset = first[c] / rows;
        *variance = (second[c] / rows - offset * offset).max(0.0) as f32;
        *mean = (f64::from(*mean) + offset) as f32;
    }
}

/// `y = activation(x * scale + offset)`, a value a channel; `x: [rows, channels]`.
pub fn affine(pool: &Pool, x: &[f32], scale: &[f32], offset: &[f32], activation: Activation, y: &mut [f32]) {
    let channels = scale.len();
    assert_eq!(offset.len(), channels, "affine: scale and offset differ in length");
    assert_eq!(x.len(), y.len(), "affine: x and y differ in length");
    let parts = Disjoint::new(y);
    in_pieces(pool, rows(x, channels), channels, |range| {
        let range = range.start * channels..range.end * channels;
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        pass::affine(pool.isa(), &x[range], scale, offset, activation, y);
    });
}

/// Training mode: the batch's own figures depend on `x`. From the sums `Σ dy` and `Σ dy·(x − mean)` for each channel
/// over `rows` rows to the `slope` and the `offset` of the [`Line`], with its `scale = gamma·inverse_deviation`:
/// `dx = scale·(dy − Σ dy/rows − (x − mean)·inverse_deviation²·Σ dy·(x − mean)/rows)`.
pub fn turn(
    sums: &[f64],
    rows: usize,
    scale: &[f32],
    inverse_deviation: &[f32],
    slope: &mut [f32],
    offset: &mut [f32],
) {
    let channels = scale.len();
    assert_eq!(sums.len(), 2 * channels, "norm: two sums for each channel");
    let lengths = [inverse_deviation.len(), slope.len(), offset.len()];
    assert_eq!(lengths, [channels; 3], "norm: a value for each channel of deviation, slope, offset");
    let (sums, products) = sums.split_at(channels);
    for c in 0..channels {
        let inverse = f64::from(inverse_deviation[c]);
        let each = -f64::from(scale[c]) / rows.max(1) as f64;
        slope[c] = (each * inverse * inverse * products[c]) as f32;
        offset[c] = (each * sums[c]) as f32;
    }
}

/// `dx = line(dy, x)`, or `dx += line(dy, x)`.
pub fn backward(pool: &Pool, x: &[f32], dy: &[f32], line: &Line, write: Write, dx: &mut [f32]) {
    assert!(x.len() == dx.len() && dy.len() == dx.len(), "norm: x, dy and dx differ in length");
    let channels = line.scale.len();
    let lengths = [line.slope.len(), line.mean.len(), line.offset.len()];
    assert_eq!(lengths, [channels; 3], "norm: a value for each channel of slope, mean, offset");
    let parts = Disjoint::new(dx);
    in_pieces(pool, rows(x, channels), channels, |range| {
        let range = range.start * channels..range.end * channels;
        // SAFETY: the rows of different pieces do not overlap.
        let dx = unsafe { parts.part(range.clone()) };
        pass::gradient(pool.isa(), &x[range.clone()], &dy[range], line, write, dx);
    });
}

/// Inference mode: `dx = dy * scale`, a value a channel.
pub fn backward_affine(pool: &Pool, dy: &[f32], scale: &[f32], write: Write, dx: &mut [f32]) {
    let channels = scale.len();
    assert_eq!(dy.len(), dx.len(), "affine gradient: dy and dx differ in length");
    let parts = Disjoint::new(dx);
    in_pieces(pool, rows(dy, channels), channels, |range| {
        let range = range.start * channels..range.end * channels;
        // SAFETY: the rows of different pieces do not overlap.
        let dx = unsafe { parts.part(range.clone()) };
        pass::scaled(pool.isa(), &dy[range], scale, write, dx);
    });
}

/// Floats of scratch that the reductions above need for up to `rows` rows.
pub fn scratch(rows: usize, channels: usize) -> usize {
    columns::scratch(rows, channels)
}

fn rows(x: &[f32], channels: usize) -> usize {
    assert!(channels > 0 && x.len().is_multiple_of(channels), "norm: x is not whole rows of {channels}");
    x.len() / channels
}

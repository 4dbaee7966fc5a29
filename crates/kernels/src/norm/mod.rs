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

/// What the backward of a batch norm in training needs, a value a channel each.
pub struct Kept<'a> {
    /// The batch's mean.
    pub mean: &'a [f32],
    /// `1 / sqrt(variance + epsilon)`
    pub inverse_deviation: &'a [f32],
    /// Gamma, or ones.
    pub gamma: &'a [f32],
}

/// Training mode: the batch's own figures depend on `x`.
/// `dgamma = Σ dy·x̂`, `dbeta = Σ dy`, `dx = gamma·inverse_deviation·(dy − dbeta/rows − x̂·dgamma/rows)`.
pub fn backward_batch(
    pool: &Pool,
    x: &[f32],
    dy: &[f32],
    kept: &Kept,
    scratch: &mut [f32],
    dgamma: &mut [f32],
    dbeta: &mut [f32],
    write: Write,
    dx: &mut [f32],
) {
    assert_eq!(x.len(), dx.len(), "norm: x and dx differ in length");
    backward_parameters(pool, x, dy, kept, scratch, dgamma, dbeta);
    let channels = dgamma.len();
    let rows = rows(x, channels);
    // dx = scale · dy + slope · (x − mean) + offset
    let (scale, rest) = scratch.split_at_mut(channels);
    let (slope, rest) = rest.split_at_mut(channels);
    let offset = &mut rest[..channels];
    for c in 0..channels {
        scale[c] = kept.gamma[c] * kept.inverse_deviation[c];
        slope[c] = -scale[c] * kept.inverse_deviation[c] * dgamma[c] / rows as f32;
        offset[c] = -scale[c] * dbeta[c] / rows as f32;
    }
    let line = pass::Line { scale, slope, mean: kept.mean, offset };
    let parts = Disjoint::new(dx);
    in_pieces(pool, rows, channels, |range| {
        let range = range.start * channels..range.end * channels;
        // SAFETY: the rows of different pieces do not overlap.
        let dx = unsafe { parts.part(range.clone()) };
        pass::gradient(pool.isa(), &x[range.clone()], &dy[range], &line, write, dx);
    });
}

/// The two sums alone: inference mode with trainable gamma and beta, or no input gradient wanted.
pub fn backward_parameters(
    pool: &Pool,
    x: &[f32],
    dy: &[f32],
    kept: &Kept,
    scratch: &mut [f32],
    dgamma: &mut [f32],
    dbeta: &mut [f32],
) {
    let channels = dgamma.len();
    let lengths = [dbeta.len(), kept.mean.len(), kept.inverse_deviation.len(), kept.gamma.len()];
    assert_eq!(lengths, [channels; 4], "norm: a value for each channel of dbeta, mean, deviation, gamma");
    let terms = Terms::Gradients { x, mean: kept.mean, dy };
    let [sums, products] = columns::sums(pool, channels, terms, scratch);
    for c in 0..channels {
        dbeta[c] = sums[c] as f32;
        dgamma[c] = (products[c] * f64::from(kept.inverse_deviation[c])) as f32;
    }
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

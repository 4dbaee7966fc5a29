//! A convolution that only a max pool reads, with a clamp (ReLU, ReLU6) between or nothing: training.
//!
//! Forward: some pictures at a time, so that what the convolution gives is pooled while it is in the cache; beside
//! the pool's output only the place of each maximum is kept.
//! Backward: of a window's outputs the gradient knows one, and none where the clamp held it. So the sums go over the
//! maxima, a quarter of the positions for a pool of 2×2 and fewer where ReLU is zero:
//! `dkernel[.., f] += dy · patch(place)` and `dpatch(place) += dy · kernel[.., f]`.

mod backward;
#[cfg(test)]
mod reference;
mod strip;
#[cfg(test)]
mod tests;

pub use backward::{Owed, backward};

use crate::activation::Activation;
use crate::conv::{self, Conv, Filters};
use crate::{Epilogue, Pool, Window, pooling};
use strip::Frames;

/// Floats of the convolution's output that are pooled at once.
const NEAR: usize = 1 << 18;
/// Floats of a kernel, at most: it is read once for a few rows, so that it must stay in the second-level cache.
const MOST_KERNEL: usize = 1 << 18;
/// Floats of a patch's line, at least: two vector registers.
const LEAST_LINE: usize = 32;
/// Positions of the convolution for each window, at least: with fewer the matrix products for all are faster.
const LEAST_STRIDE: usize = 4;
/// Floats of the lines that a window sees, at most: places are whole numbers in float32.
const MOST_PLACES: usize = 1 << 24;
/// Partial sums of the kernel's gradient, at most.
const CHUNKS: usize = 16;

/// The geometry of a convolution and of the pool behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PooledConv {
    conv: Conv,
    pool: Window,
    bounds: [f32; 2],
    activation: Activation,
}

impl PooledConv {
    /// `None` where convolution, activation and pool one after the other do as well or are the only way.
    pub fn new(conv: Conv, activation: Activation, pool: Window) -> Option<Self> {
        let bounds = match activation {
            Activation::Linear => [f32::NEG_INFINITY, f32::INFINITY],
            Activation::Relu => [0.0, f32::INFINITY],
            Activation::Relu6 => [0.0, 6.0],
            _ => return None,
        };
        let Conv { window, filters, groups } = conv;
        let line = window.kernel[1] * window.input[2];
        let fits = pool.input == [window.output[0], window.output[1], filters];
        let plain = groups == 1 && window.dilation == [1, 1] && pool.dilation == [1, 1];
        let pays = line >= LEAST_LINE
            && window.kernel[0] * line * filters <= MOST_KERNEL
            && pool.stride[0] * pool.stride[1] >= LEAST_STRIDE;
        (fits && plain && pays)
            .then_some(Self { conv, pool, bounds, activation })
            .filter(|pooled| pooled.places() <= MOST_PLACES)
    }

    /// Floats of the lines that a window sees, paddings and all; places are less.
    fn places(&self) -> usize {
        self.pool.kernel[0] * Frames::new(self).steps(self)[0]
    }

    /// The convolution.
    pub fn conv(&self) -> &Conv {
        &self.conv
    }

    /// Values of one picture's output.
    pub fn output_len(&self) -> usize {
        self.pool.positions() * self.conv.filters
    }

    /// Floats of scratch that both ways need for batches up to `batch`.
    pub fn scratch(&self, batch: usize) -> usize {
        let forward = self.near(batch) * self.pool.input_len();
        forward.max(self.chunks(batch) * self.sums_len())
    }

    /// Pictures whose convolution is pooled at once.
    fn near(&self, batch: usize) -> usize {
        (NEAR / self.pool.input_len().max(1)).clamp(1, batch.max(1))
    }

    /// Values of a patch.
    fn patch_len(&self) -> usize {
        let window = &self.conv.window;
        window.kernel[0] * window.kernel[1] * window.input[2]
    }
}

/// `y = maxpool(activation(conv(x) + bias))`; to `places`, as long as `y`, goes what the backward needs to know.
/// `scratch` has [`PooledConv::scratch`] floats or more, holding anything.
pub fn forward(
    pool: &Pool,
    pooled: &PooledConv,
    batch: usize,
    x: &[f32],
    filters: &Filters,
    bias: Option<&[f32]>,
    scratch: &mut [f32],
    y: &mut [f32],
    places: &mut [f32],
) {
    let (input, middle, output) =
        (pooled.conv.window.input_len(), pooled.pool.input_len(), pooled.output_len());
    assert_eq!(x.len(), batch * input, "x is not {batch} inputs of {pooled:?}");
    assert_eq!(y.len(), batch * output, "y does not hold {batch} outputs of {pooled:?}");
    assert_eq!(y.len(), places.len(), "pooled convolution: y and places differ in length");
    let epilogue = Epilogue { bias, residual: None, activation: pooled.activation };
    let (near, steps) = (pooled.near(batch), Frames::new(pooled).steps(pooled));
    for first in (0..batch).step_by(near) {
        let some = near.min(batch - first);
        let between = &mut scratch[..some * middle];
        let x = &x[first * input..][..some * input];
        conv::forward(pool, &pooled.conv, some, x, filters, &epilogue, between);
        let range = first * output..(first + some) * output;
        let (y, places) = (&mut y[range.clone()], &mut places[range]);
        pooling::max_forward_with_places(pool, &pooled.pool, some, between, pooled.bounds, steps, y, places);
    }
}

/// The kernel as the backward reads it: `[filters, kh · kw · in]`, from Keras's `[kh, kw, in, filters]`.
pub fn turn(kernel: &[f32], filters: usize, turned: &mut [f32]) {
    assert_eq!(kernel.len(), turned.len(), "the kernel and the turned one differ in length");
    let patch = kernel.len() / filters.max(1);
    for (row, values) in kernel.chunks_exact(filters).enumerate() {
        for (filter, value) in values.iter().enumerate() {
            turned[filter * patch + row] = *value;
        }
    }
}

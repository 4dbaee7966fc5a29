//! Passes over rows with figures for each channel, on one thread.

use crate::Write;
use crate::activation::{self, Activation};
use crate::isa::{Arithmetic, on_each_isa};

/// Values that are still in the nearest cache when an activation follows.
const NEAR: usize = 1 << 11;

/// From the gradient `dy` by a norm's output to that by its input `x`: `scale · dy + slope · (x − mean) + offset`, a
/// value a channel each.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Of `dy`.
    pub scale: &'a [f32],
    /// Of `x − mean`: what the batch's variance depends on `x`.
    pub slope: &'a [f32],
    /// Of `x`.
    pub mean: &'a [f32],
    /// What the batch's mean depends on `x`.
    pub offset: &'a [f32],
}

on_each_isa! {
    /// `y = activation(x * scale + offset)`
    pub(crate) fn affine[F](x: &[f32], scale: &[f32], offset: &[f32], activation: Activation, y: &mut [f32]) {
        let channels = scale.len();
        let (low, high) = activation.bounds().unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        let some = (NEAR / channels).max(1) * channels;
        for (x, y) in x.chunks(some).zip(y.chunks_mut(some)) {
            for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                for ((y, x), (scale, offset)) in y.iter_mut().zip(x).zip(scale.iter().zip(offset)) {
                    let value = F::multiply_add(*x, *scale, *offset);
                    let above = if value < low { low } else { value };
                    *y = if above > high { high } else { above };
                }
            }
            if activation.bounds().is_none() {
                activation::apply::<F>(activation, y);
            }
        }
    }

    /// The input's gradient of a batch norm in training.
    pub(crate) fn gradient[F](x: &[f32], dy: &[f32], line: &Line, write: Write, dx: &mut [f32]) {
        let channels = line.scale.len();
        let given = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
        for ((x, dy), dx) in given.zip(dx.chunks_exact_mut(channels)) {
            match write {
                Write::Set => gradient_row::<F>(x, dy, line, dx, |value, _| value),
                Write::Add => gradient_row::<F>(x, dy, line, dx, |value, before| before + value),
            }
        }
    }

    /// `dx = dy * scale`
    pub(super) fn scaled[F](dy: &[f32], scale: &[f32], write: Write, dx: &mut [f32]) {
        let channels = scale.len();
        for (dy, dx) in dy.chunks_exact(channels).zip(dx.chunks_exact_mut(channels)) {
            let given = dx.iter_mut().zip(dy.iter().zip(scale));
            match write {
                Write::Set => given.for_each(|(dx, (dy, scale))| *dx = dy * scale),
                Write::Add => given.for_each(|(dx, (dy, scale))| *dx = F::multiply_add(*dy, *scale, *dx)),
            }
        }
    }
}

/// `dx = put(scale · dy + slope · (x − mean) + offset, dx)`
#[inline(always)]
fn gradient_row<F: Arithmetic>(
    x: &[f32],
    dy: &[f32],
    line: &Line,
    dx: &mut [f32],
    put: impl Fn(f32, f32) -> f32,
) {
    let of_dy = dy.iter().zip(line.scale);
    let of_x = x.iter().zip(line.mean).zip(line.slope.iter().zip(line.offset));
    for ((dx, (dy, scale)), ((x, mean), (slope, offset))) in dx.iter_mut().zip(of_dy).zip(of_x) {
        let rest = F::multiply_add(x - mean, *slope, *offset);
        *dx = put(F::multiply_add(*dy, *scale, rest), *dx);
    }
}

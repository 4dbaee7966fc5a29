//! Layer norm over the last axis (Ba et al. 2016): `y = gamma · (x − mean) · r + beta` with
//! `r = 1 / sqrt(variance + ε)` of each row.
//!
//! Backward, with `g = dy · gamma` and `z = (x − mean) · r`: `dx = r · (g − mean(g) − z · mean(g · z))`,
//! `dgamma = Σ dy · z` and `dbeta = Σ dy` over the rows. A row's figures are computed anew from `x`: the row must be
//! read anyway, and stays in the nearest cache.

use crate::columns::{PARTIAL_SUMS, PIECE, ROWS, Totals};
use crate::disjoint::Disjoint;
use crate::elementwise::in_pieces;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Lanes, load};
use crate::{Pool, Write};

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

/// Sums side by side.
const LANES: usize = 16;
/// Values that are summed in float32.
const RUN: usize = LANES * 64;

/// The figures of a layer norm, a value a channel each.
#[derive(Debug, Clone, Copy)]
pub struct LayerNorm<'a> {
    /// Factor.
    pub gamma: &'a [f32],
    /// Added after.
    pub beta: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

impl LayerNorm<'_> {
    /// Panics unless `len` values are whole rows; tells how many, and their length.
    fn check(&self, len: usize) -> [usize; 2] {
        let channels = self.gamma.len();
        assert_eq!(self.beta.len(), channels, "layer norm: gamma and beta differ in length");
        assert!(channels > 0 && len.is_multiple_of(channels), "layer norm: whole rows of {channels}");
        [len / channels, channels]
    }
}

/// `y = norm(x)`; `x: [rows, channels]`.
pub fn forward(pool: &Pool, norm: &LayerNorm, x: &[f32], y: &mut [f32]) {
    let [rows, channels] = norm.check(x.len());
    assert_eq!(x.len(), y.len(), "layer norm: x and y differ in length");
    let parts = Disjoint::new(y);
    in_pieces(pool, rows, channels, |rows| {
        let range = rows.start * channels..rows.end * channels;
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        normalize(pool.isa(), norm, &x[range], y);
    });
}

/// Where a backward puts the gradients of the parameters.
pub struct Parameters<'a> {
    /// A value a channel.
    pub gamma: Option<&'a mut [f32]>,
    /// A value a channel.
    pub beta: Option<&'a mut [f32]>,
}

/// The gradients of the input and of the parameters. `scratch` has [`scratch`] floats.
pub fn backward(
    pool: &Pool,
    norm: &LayerNorm,
    x: &[f32],
    dy: &[f32],
    scratch: &mut [f32],
    dx: Option<(&mut [f32], Write)>,
    parameters: Parameters,
) {
    let [rows, channels] = norm.check(x.len());
    let dx_len = dx.as_ref().map_or(x.len(), |(dx, _)| dx.len());
    assert!(dy.len() == x.len() && dx_len == x.len(), "layer norm: x, dy and dx differ in length");
    let pieces = pieces(rows, channels);
    let totals = Totals::new(scratch, pieces, 2 * channels);
    let dx = dx.map(|(dx, write)| (Disjoint::new(dx), write));
    pool.run_with_scratch(pieces, 2 * channels, |piece, floats| {
        // SAFETY: every piece has its own sums.
        let own = unsafe { totals.of(piece) };
        own.fill(0.0);
        let floats = &mut floats[..2 * channels];
        let end = (piece + 1) * rows / pieces;
        for first in (piece * rows / pieces..end).step_by(ROWS) {
            let range = first * channels..end.min(first + ROWS) * channels;
            // SAFETY: the rows of different pieces do not overlap.
            let dx = dx.as_ref().map(|(dx, write)| (unsafe { dx.part(range.clone()) }, *write));
            gradients(pool.isa(), norm, &x[range.clone()], &dy[range], dx, floats);
            own.iter_mut().zip(&*floats).for_each(|(total, float)| *total += f64::from(*float));
        }
    });
    let (of_gamma, of_beta) = totals.add_up().split_at(channels);
    for (target, sums) in [(parameters.gamma, of_gamma), (parameters.beta, of_beta)] {
        if let Some(target) = target {
            target.iter_mut().zip(sums).for_each(|(target, sum)| *target = *sum as f32);
        }
    }
}

/// Floats of scratch that [`backward`] needs for up to `rows` rows.
pub fn scratch(rows: usize, channels: usize) -> usize {
    Totals::scratch(pieces(rows, channels), 2 * channels)
}

fn pieces(rows: usize, channels: usize) -> usize {
    (rows * channels / PIECE).clamp(1, PARTIAL_SUMS).min(rows.max(1))
}

on_each_isa! {
    /// [`forward`] on one thread.
    fn normalize[F](norm: &LayerNorm, x: &[f32], y: &mut [f32]) {
        let channels = norm.gamma.len();
        for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
            let (mean, r) = figures::<F>(x, norm.epsilon);
            let figures = norm.gamma.iter().zip(norm.beta);
            for ((y, x), (gamma, beta)) in y.iter_mut().zip(x).zip(figures) {
                *y = F::multiply_add((x - mean) * r, *gamma, *beta);
            }
        }
    }

    /// Some rows of [`backward`], whose sums for the parameters are left in `floats`.
    fn gradients[F](norm: &LayerNorm, x: &[f32], dy: &[f32], dx: Option<(&mut [f32], Write)>, floats: &mut [f32]) {
        let channels = norm.gamma.len();
        floats.fill(0.0);
        let (dgamma, dbeta) = floats.split_at_mut(channels);
        let given = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
        match dx {
            None => {
                for (x, dy) in given {
                    let (mean, r) = figures::<F>(x, norm.epsilon);
                    add_parameters::<F>(x, dy, (mean, r), dgamma, dbeta);
                }
            }
            Some((dx, write)) => {
                for ((x, dy), dx) in given.zip(dx.chunks_exact_mut(channels)) {
                    let (mean, r) = figures::<F>(x, norm.epsilon);
                    add_parameters::<F>(x, dy, (mean, r), dgamma, dbeta);
                    match write {
                        Write::Set => row_gradient::<F>(norm, x, dy, (mean, r), dx, |value, _| value),
                        Write::Add => row_gradient::<F>(norm, x, dy, (mean, r), dx, |value, before| before + value),
                    }
                }
            }
        }
    }
}

/// Mean and `1 / sqrt(variance + ε)` of a row.
#[inline(always)]
fn figures<F: Arithmetic>(x: &[f32], epsilon: f32) -> (f32, f32) {
    let count = x.len() as f64;
    let mean = (sum(x, |x| x) / count) as f32;
    let variance = sum(x, |x| (x - mean) * (x - mean)) / count;
    (mean, (1.0 / (variance + f64::from(epsilon)).sqrt()) as f32)
}

/// `Σ term(x)`
#[inline(always)]
fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f64 {
    let mut total = 0.0;
    for run in x.chunks(RUN) {
        let mut sums = [0.0; LANES];
        let rows = run.chunks_exact(LANES);
        let rest = rows.remainder();
        for row in rows {
            let row: Lanes<LANES> = load(row, 0);
            for lane in 0..LANES {
                sums[lane] += term(row[lane]);
            }
        }
        sums.iter_mut().zip(rest).for_each(|(sum, x)| *sum += term(*x));
        total += f64::from(folded(sums));
    }
    total
}

/// `Σ dy · gamma` and `Σ dy · gamma · (x − mean)` of a row.
#[inline(always)]
fn products<F: Arithmetic>(x: &[f32], dy: &[f32], gamma: &[f32], mean: f32) -> [f64; 2] {
    let mut totals = [0.0; 2];
    for start in (0..x.len()).step_by(RUN) {
        let end = x.len().min(start + RUN);
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        let mut at = start;
        while at + LANES <= end {
            let [x, dy, gamma]: [Lanes<LANES>; 3] = [load(x, at), load(dy, at), load(gamma, at)];
            for lane in 0..LANES {
                let g = dy[lane] * gamma[lane];
                first[lane] += g;
                second[lane] = F::multiply_add(g, x[lane] - mean, second[lane]);
            }
            at += LANES;
        }
        for (lane, at) in (at..end).enumerate() {
            let g = dy[at] * gamma[at];
            first[lane] += g;
            second[lane] = F::multiply_add(g, x[at] - mean, second[lane]);
        }
        totals[0] += f64::from(folded(first));
        totals[1] += f64::from(folded(second));
    }
    totals
}

/// The sum of all lanes: the halves onto each other, again and again.
#[inline(always)]
fn folded(mut lanes: Lanes<LANES>) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// `dgamma += dy · z`, `dbeta += dy`
#[inline(always)]
fn add_parameters<F: Arithmetic>(
    x: &[f32],
    dy: &[f32],
    (mean, r): (f32, f32),
    dgamma: &mut [f32],
    dbeta: &mut [f32],
) {
    let sums = dgamma.iter_mut().zip(dbeta);
    for ((dgamma, dbeta), (x, dy)) in sums.zip(x.iter().zip(dy)) {
        *dgamma = F::multiply_add((x - mean) * r, *dy, *dgamma);
        *dbeta += dy;
    }
}

/// `dx = put(r · (g − mean(g) − z · mean(g · z)), dx)`
#[inline(always)]
fn row_gradient<F: Arithmetic>(
    norm: &LayerNorm,
    x: &[f32],
    dy: &[f32],
    (mean, r): (f32, f32),
    dx: &mut [f32],
    put: impl Fn(f32, f32) -> f32,
) {
    let count = x.len() as f64;
    let [sum, product] = products::<F>(x, dy, norm.gamma, mean);
    let wide = f64::from(r);
    let offset = (-wide * sum / count) as f32;
    let slope = (-wide * wide * wide * product / count) as f32;
    for ((dx, x), (dy, gamma)) in dx.iter_mut().zip(x).zip(dy.iter().zip(norm.gamma)) {
        let rest = F::multiply_add(x - mean, slope, offset);
        *dx = put(F::multiply_add(dy * gamma, r, rest), *dx);
    }
}

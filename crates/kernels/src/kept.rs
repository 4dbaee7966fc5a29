//! Tensors as a training keeps them, and gradients as it passes them on.
//!
//! Between two weighted layers stand a batch norm and an activation. Only what the first layer gave is kept; the
//! second one normalizes and activates the rows that it is about to read, while they are in the cache, and on the way
//! back it takes its gradient through both before it leaves the cache. A tensor is written once and read once in the
//! forward, its gradient likewise in the backward.

pub(crate) mod moments;
mod strip;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;

use crate::activation::Activation;
use crate::columns::{PARTIAL_SUMS, Terms};
use crate::disjoint::Disjoint;
use crate::elementwise::in_pieces;
use crate::norm::Line;
use crate::{Pool, Write, columns};

pub(crate) use strip::{materialize, settled, through};

/// `activation(x * scale + offset)`, scale and offset a value a channel.
#[derive(Debug, Clone, Copy)]
pub struct Affine<'a> {
    /// A value a channel.
    pub scale: &'a [f32],
    /// A value a channel.
    pub offset: &'a [f32],
    /// Applied last.
    pub activation: Activation,
}

/// A tensor, and what its readers do to it first.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// What the layer before gave.
    pub values: &'a [f32],
    /// The norm and the activation between the layers; none where the values are read as they are.
    pub affine: Option<Affine<'a>>,
}

/// Where a forward puts the mean and the biased variance of each of its output's channels.
pub struct Moments<'a> {
    /// A value a channel.
    pub mean: &'a mut [f32],
    /// A value a channel.
    pub variance: &'a mut [f32],
}

/// The gradient that a layer is given, and what stands between it and the layer's own output `y`.
pub struct Upstream<'a> {
    /// As the layers after left it; used up.
    pub gradient: &'a mut [f32],
    /// What it has still to be taken through.
    pub between: Between<'a>,
}

/// What stands between a layer's output `y` and the gradient that it is given.
#[derive(Clone, Copy)]
pub enum Between<'a> {
    /// Nothing: it is the gradient by `y`.
    Nothing,
    /// It is the gradient by `activation(..)`, which gave `y`.
    Activation {
        /// The activation's output.
        y: &'a [f32],
        /// One whose derivative its own output tells.
        activation: Activation,
    },
    /// It is the gradient by the output of a norm that reads `activation(..)`, which gave `y`.
    Norm {
        /// The norm's input.
        y: &'a [f32],
        /// From one to the other.
        line: Line<'a>,
        /// As in [`Between::Activation`]; linear where the norm reads the layer's result itself.
        activation: Activation,
    },
}

/// Where the gradient by a layer's input goes.
pub enum Downstream<'a> {
    /// Nobody needs it.
    Nowhere,
    /// To those who gave the input.
    Plain(&'a mut [f32], Write),
    /// Through the activation of the kept input's [`Affine`], to its norm's output.
    Through {
        /// The gradient before the activation.
        dz: &'a mut [f32],
        /// Of the kept values, a value a channel.
        mean: &'a [f32],
        /// For each channel `Σ dz`, then for each `Σ dz · (values − mean)`.
        sums: &'a mut [f64],
    },
}

impl Downstream<'_> {
    /// Panics unless it fits the input `x`.
    pub(crate) fn check(&self, x: &Kept) {
        let len = match self {
            Self::Nowhere => return,
            Self::Plain(dx, _) => dx.len(),
            Self::Through { dz, .. } => {
                assert!(x.affine.is_some(), "a gradient through the norm of an input that has none");
                dz.len()
            }
        };
        assert_eq!(len, x.values.len(), "lengths of the input and of its gradient");
    }
}

impl<'a> Kept<'a> {
    /// Values that are read as they are.
    pub fn plain(values: &'a [f32]) -> Self {
        Self { values, affine: None }
    }
}

/// `y = activation(x * scale + offset + residual)`: the kept tensor as those read it who need all of it.
pub fn apply(pool: &Pool, x: &[f32], affine: &Affine, residual: Option<&[f32]>, y: &mut [f32]) {
    let channels = affine.scale.len();
    assert_eq!(x.len(), y.len(), "kept: x and y differ in length");
    assert!(residual.is_none_or(|residual| residual.len() == y.len()), "kept: length of the residual");
    assert!(channels > 0 && x.len().is_multiple_of(channels), "kept: x is not whole rows of {channels}");
    let parts = Disjoint::new(y);
    in_pieces(pool, x.len() / channels, channels, |rows| {
        let range = rows.start * channels..rows.end * channels;
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        match residual {
            None => materialize(pool.isa(), &x[range], affine, y),
            Some(residual) => strip::add_residual(pool.isa(), &x[range.clone()], affine, &residual[range], y),
        }
    });
}

/// The sums that the backward of a norm begins with: `Σ dz` and `Σ dz · (values − mean)` for each channel.
/// Scratch as [`crate::norm::scratch`].
pub fn sums(pool: &Pool, values: &[f32], mean: &[f32], dz: &[f32], scratch: &mut [f32], sums: &mut [f64]) {
    let channels = mean.len();
    let terms = Terms::Gradients { x: values, mean, dy: dz };
    let [first, second] = columns::sums(pool, channels, terms, scratch);
    sums[..channels].copy_from_slice(first);
    sums[channels..].copy_from_slice(second);
}

/// Takes `dx`, the gradient by the kept tensor, through its activation and sums it up as [`Downstream::Through`]
/// says. Scratch as [`crate::norm::scratch`].
pub fn go_through(
    pool: &Pool,
    x: &[f32],
    affine: &Affine,
    mean: &[f32],
    scratch: &mut [f32],
    dx: &mut [f32],
    sums: &mut [f64],
) {
    assert_eq!(x.len(), dx.len(), "kept: x and dx differ in length");
    if affine.activation == Activation::Linear {
        return self::sums(pool, x, mean, dx, scratch, sums);
    }
    let parts = Disjoint::new(dx);
    in_summed_pieces(pool, x.len(), mean.len(), scratch, sums, |range, floats, totals| {
        // SAFETY: every piece has its own rows.
        let dx = unsafe { parts.part(range.clone()) };
        strip::through(pool.isa(), &x[range], affine, mean, dx, floats, totals);
    });
}

/// The backward of [`apply`] with a residual, whose activation gave `y` and is none but its output tells its
/// derivative: takes `dy` through it, gives that to the residual's gradient too where it is wanted, and sums it up as
/// [`Downstream::Through`] says. Scratch as [`crate::norm::scratch`].
pub fn go_through_sum(
    pool: &Pool,
    x: &[f32],
    mean: &[f32],
    (y, activation): (&[f32], Activation),
    scratch: &mut [f32],
    dy: &mut [f32],
    residual: Option<(&mut [f32], Write)>,
    sums: &mut [f64],
) {
    assert!(x.len() == dy.len() && y.len() == dy.len(), "kept: x, y and dy differ in length");
    assert!(
        residual.as_ref().is_none_or(|(dx, _)| dx.len() == dy.len()),
        "kept: length of the residual's dx"
    );
    let residual = residual.map(|(dx, write)| (Disjoint::new(dx), write));
    let parts = Disjoint::new(dy);
    in_summed_pieces(pool, x.len(), mean.len(), scratch, sums, |range, floats, totals| {
        // SAFETY: every piece has its own rows.
        let dy = unsafe { parts.part(range.clone()) };
        // SAFETY: as above.
        let residual = residual.as_ref().map(|(dx, write)| (unsafe { dx.part(range.clone()) }, *write));
        let y = (&y[range.clone()], activation);
        strip::through_sum(pool.isa(), &x[range], mean, y, dy, residual, floats, totals);
    });
}

/// Calls `work` with the values of some rows, room for `2 * channels` floats, and as many sums to add to, which end in
/// `sums`.
fn in_summed_pieces(
    pool: &Pool,
    len: usize,
    channels: usize,
    scratch: &mut [f32],
    sums: &mut [f64],
    work: impl Fn(Range<usize>, &mut [f32], &mut [f64]) + Sync,
) {
    let rows = len / channels;
    let pieces = (len / columns::PIECE).clamp(1, PARTIAL_SUMS).min(rows.max(1));
    let totals = columns::Totals::new(scratch, pieces, 2 * channels);
    pool.run_with_scratch(pieces, 2 * channels, |piece, floats| {
        let rows = piece * rows / pieces..(piece + 1) * rows / pieces;
        // SAFETY: every piece has its own sums.
        let totals = unsafe { totals.of(piece) };
        totals.fill(0.0);
        work(rows.start * channels..rows.end * channels, floats, totals);
    });
    sums.copy_from_slice(totals.add_up());
}

/// Takes a gradient through all that stands between it and a layer's output of so many channels.
pub(crate) fn settle<'a>(pool: &Pool, upstream: Upstream<'a>, channels: usize) -> &'a [f32] {
    let Upstream { gradient, between } = upstream;
    if !matches!(between, Between::Nothing) {
        let parts = Disjoint::new(gradient);
        in_pieces(pool, parts.len() / channels, channels, |rows| {
            let range = rows.start * channels..rows.end * channels;
            // SAFETY: the rows of different pieces do not overlap.
            let dy = unsafe { parts.part(range.clone()) };
            strip::settle_in_place(pool.isa(), &between, range.start, dy);
        });
    }
    gradient
}

/// All of a kept tensor as its readers see it: in `scratch`, as long, where something is to be done to it.
pub(crate) fn whole<'a>(pool: &Pool, kept: &Kept<'a>, scratch: &'a mut [f32]) -> &'a [f32] {
    match &kept.affine {
        None => kept.values,
        Some(affine) => {
            let scratch = &mut scratch[..kept.values.len()];
            apply(pool, kept.values, affine, None, scratch);
            scratch
        }
    }
}

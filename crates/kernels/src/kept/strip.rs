//! What is done to some rows while they are in the cache, on one thread.

use std::marker::PhantomData;
use std::ops::Range;

use super::{Affine, Between};
use crate::activation::{self, Activation, by_input, with_function};
use crate::columns::{self, ROWS, Terms};
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, add, for_each_block, load, multiply_add, store};
use crate::norm::{self, Line};
use crate::{Isa, Write, elementwise};

/// `y = activation(x * scale + offset)`
pub(crate) fn materialize(isa: Isa, x: &[f32], affine: &Affine, y: &mut [f32]) {
    norm::affine_rows(isa, x, affine.scale, affine.offset, affine.activation, y);
}

/// The gradient by the values `range` of a layer's output: `gradient` itself where nothing stands between, else in
/// `scratch`. `gradient` holds the same range.
pub(crate) fn settled<'a>(
    isa: Isa,
    gradient: &'a [f32],
    between: &Between,
    range: Range<usize>,
    scratch: &'a mut [f32],
) -> &'a [f32] {
    let dy = match between {
        Between::Nothing => return gradient,
        Between::Activation { .. } | Between::Norm { .. } => &mut scratch[..gradient.len()],
    };
    match between {
        Between::Nothing => {}
        Between::Activation { y, activation } => {
            activation::gradients(isa, *activation, &y[range], gradient, Write::Set, dy);
        }
        Between::Norm { y, line, activation } => {
            norm::gradient_rows(isa, &y[range.clone()], gradient, line, Write::Set, dy);
            activation::gradients_in_place(isa, *activation, &y[range], dy);
        }
    }
    dy
}

/// As [`settled`], in the gradient's own place; its values begin at `start` of the output.
pub(super) fn settle_in_place(isa: Isa, between: &Between, start: usize, dy: &mut [f32]) {
    let range = start..start + dy.len();
    match between {
        Between::Nothing => {}
        Between::Activation { y, activation } => {
            activation::gradients_in_place(isa, *activation, &y[range], dy)
        }
        Between::Norm { y, line, activation } => {
            normed_in_place(isa, &y[range.clone()], line, dy);
            activation::gradients_in_place(isa, *activation, &y[range], dy);
        }
    }
}

/// Takes `dx` through the activation after an affine pass of `x`, and adds its sums to `totals`: for each channel
/// `Σ dx`, then for each `Σ dx · (x − mean)`. `floats` is as long as `totals`.
pub(crate) fn through(
    isa: Isa,
    x: &[f32],
    affine: &Affine,
    mean: &[f32],
    dx: &mut [f32],
    floats: &mut [f32],
    totals: &mut [f64],
) {
    let channels = mean.len();
    for (x, dx) in x.chunks(ROWS * channels).zip(dx.chunks_mut(ROWS * channels)) {
        through_rows(isa, x, affine, mean, dx, floats);
        totals.iter_mut().zip(&*floats).for_each(|(total, float)| *total += f64::from(*float));
    }
}

/// Takes `dy` through the activation that gave `y`, puts it to the residual's gradient, and adds its sums to `totals`:
/// for each channel `Σ dy`, then for each `Σ dy · (x − mean)`. `floats` is as long as `totals`.
pub(super) fn through_sum(
    isa: Isa,
    x: &[f32],
    mean: &[f32],
    (y, activation): (&[f32], Activation),
    dy: &mut [f32],
    mut residual: Option<(&mut [f32], Write)>,
    floats: &mut [f32],
    totals: &mut [f64],
) {
    let channels = mean.len();
    for first in (0..dy.len()).step_by(ROWS * channels) {
        let range = first..dy.len().min(first + ROWS * channels);
        let (x, dy) = (&x[range.clone()], &mut dy[range.clone()]);
        activation::gradients_in_place(isa, activation, &y[range.clone()], dy);
        let terms = Terms::Gradients { x, mean, dy };
        columns::add_rows(isa, terms, channels, 0..x.len() / channels, floats, totals);
        if let Some((dx, write)) = &mut residual {
            elementwise::put(isa, dy, *write, &mut dx[range]);
        }
    }
}

on_each_isa! {
    /// `y = activation(x * scale + offset + residual)`
    pub(super) fn add_residual[F](x: &[f32], affine: &Affine, residual: &[f32], y: &mut [f32]) {
        let channels = affine.scale.len();
        let (low, high) = affine.activation.bounds().unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        let given = x.chunks_exact(channels).zip(residual.chunks_exact(channels));
        for ((x, residual), y) in given.zip(y.chunks_exact_mut(channels)) {
            let figures = affine.scale.iter().zip(affine.offset);
            for ((y, (x, residual)), (scale, offset)) in y.iter_mut().zip(x.iter().zip(residual)).zip(figures) {
                let value = F::multiply_add(*x, *scale, *offset) + residual;
                let above = if value < low { low } else { value };
                *y = if above > high { high } else { above };
            }
            if affine.activation.bounds().is_none() {
                activation::apply::<F>(affine.activation, y);
            }
        }
    }

    fn normed_in_place[F](y: &[f32], line: &Line, dy: &mut [f32]) {
        let channels = line.scale.len();
        for (y, dy) in y.chunks_exact(channels).zip(dy.chunks_exact_mut(channels)) {
            let figures = line.mean.iter().zip(line.scale).zip(line.slope.iter().zip(line.offset));
            for ((dy, y), ((mean, scale), (slope, offset))) in dy.iter_mut().zip(y).zip(figures) {
                *dy = F::multiply_add(*dy, *scale, F::multiply_add(y - mean, *slope, *offset));
            }
        }
    }

    /// Some rows of [`through`], whose sums are left in `floats`.
    fn through_rows[F](x: &[f32], affine: &Affine, mean: &[f32], dx: &mut [f32], floats: &mut [f32]) {
        with_function!(affine.activation, A => run::<F, A>(x, affine, mean, dx, floats));
    }
}

#[inline(always)]
fn run<F: Arithmetic, A: by_input::Derivative>(
    x: &[f32],
    affine: &Affine,
    mean: &[f32],
    dx: &mut [f32],
    floats: &mut [f32],
) {
    let channels = mean.len();
    let through = &mut Through::<F, A> { x, affine, mean, dx, floats, kinds: PhantomData };
    for_each_block(0..channels, through);
}

/// A block of channels of some rows.
struct Through<'a, F, A> {
    x: &'a [f32],
    affine: &'a Affine<'a>,
    mean: &'a [f32],
    dx: &'a mut [f32],
    floats: &'a mut [f32],
    kinds: PhantomData<(F, A)>,
}

impl<F: Arithmetic, A: by_input::Derivative> Blocks for Through<'_, F, A> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let channels = self.mean.len();
        let (scale, offset) = (load::<L>(self.affine.scale, channel), load::<L>(self.affine.offset, channel));
        let mean = load::<L>(self.mean, channel);
        let (mut first, mut second) = ([0.0; L], [0.0; L]);
        for row in 0..self.x.len() / channels {
            let at = row * channels + channel;
            let (x, mut dx) = (load::<L>(self.x, at), load::<L>(self.dx, at));
            let z = multiply_add::<F, L>(x, scale, offset);
            let mut centred = x;
            for lane in 0..L {
                dx[lane] = A::gradient::<F>(z[lane], dx[lane]);
                centred[lane] -= mean[lane];
            }
            store(dx, self.dx, at);
            first = add(first, dx);
            second = multiply_add::<F, L>(dx, centred, second);
        }
        store(first, self.floats, channel);
        store(second, self.floats, channels + channel);
    }
}

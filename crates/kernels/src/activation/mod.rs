//! Functions of single values, and their gradients.

pub(crate) mod by_input;
mod exp;
mod function;
#[cfg(test)]
mod tests;

pub(crate) use exp::exp;

use function::{Function, Identity, Relu, Relu6, Sigmoid, Swish, Tanh};

use crate::disjoint::Disjoint;
use crate::isa::{Arithmetic, on_each_isa};
use crate::{Pool, Write};

/// Values in one piece of work.
const PIECE: usize = 1 << 14;
/// Values that are still in the nearest cache after a copy.
const NEAR: usize = 1 << 10;

/// A function of single values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// `x`
    #[default]
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, 0), 6)`
    Relu6,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `tanh(x)`
    Tanh,
    /// `x * sigmoid(x)`
    Swish,
}

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 6] =
        [Self::Linear, Self::Relu, Self::Relu6, Self::Sigmoid, Self::Tanh, Self::Swish];

    /// Whether the derivative can be told from the output: not that of Swish.
    pub fn is_known_by_output(self) -> bool {
        self != Self::Swish
    }

    /// Low and high, if clamping between them is all that it does.
    pub(crate) fn bounds(self) -> Option<(f32, f32)> {
        match self {
            Self::Linear => Some((f32::NEG_INFINITY, f32::INFINITY)),
            Self::Relu => Some((0.0, f32::INFINITY)),
            Self::Relu6 => Some((0.0, 6.0)),
            Self::Sigmoid | Self::Tanh | Self::Swish => None,
        }
    }
}

/// `y = activation(x)`.
pub fn forward(pool: &Pool, activation: Activation, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "activation: x and y differ in length");
    let parts = Disjoint::new(y);
    pool.run(x.len().div_ceil(PIECE), |piece| {
        let range = piece * PIECE..((piece + 1) * PIECE).min(x.len());
        // SAFETY: the ranges of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        values(pool.isa(), activation, &x[range], y);
    });
}

/// `x = activation(x)`.
pub fn forward_in_place(pool: &Pool, activation: Activation, x: &mut [f32]) {
    if activation == Activation::Linear {
        return;
    }
    let parts = Disjoint::new(x);
    pool.run(parts.len().div_ceil(PIECE), |piece| {
        // SAFETY: the ranges of different pieces do not overlap.
        let x = unsafe { parts.part(piece * PIECE..((piece + 1) * PIECE).min(parts.len())) };
        in_place(pool.isa(), activation, x);
    });
}

/// `dx = dy * activation'`. `kept` is the output `y`, but for Swish the input `x`.
pub fn backward(pool: &Pool, activation: Activation, kept: &[f32], dy: &[f32], write: Write, dx: &mut [f32]) {
    assert_eq!(kept.len(), dy.len(), "activation gradient: the kept values and dy differ in length");
    assert_eq!(dy.len(), dx.len(), "activation gradient: dy and dx differ in length");
    let parts = Disjoint::new(dx);
    pool.run(dy.len().div_ceil(PIECE), |piece| {
        let range = piece * PIECE..((piece + 1) * PIECE).min(dy.len());
        // SAFETY: the ranges of different pieces do not overlap.
        let dx = unsafe { parts.part(range.clone()) };
        gradients(pool.isa(), activation, &kept[range.clone()], &dy[range], write, dx);
    });
}

/// `dy = dy * activation'`, with what [`backward`] was given.
pub fn backward_in_place(pool: &Pool, activation: Activation, kept: &[f32], dy: &mut [f32]) {
    assert_eq!(kept.len(), dy.len(), "activation gradient: the kept values and dy differ in length");
    if activation == Activation::Linear {
        return;
    }
    let parts = Disjoint::new(dy);
    pool.run(kept.len().div_ceil(PIECE), |piece| {
        let range = piece * PIECE..((piece + 1) * PIECE).min(kept.len());
        // SAFETY: the ranges of different pieces do not overlap.
        let dy = unsafe { parts.part(range.clone()) };
        gradients_in_place(pool.isa(), activation, &kept[range], dy);
    });
}

on_each_isa! {
    /// `x = activation(x)`
    pub(crate) fn in_place[F](activation: Activation, x: &mut [f32]) {
        apply::<F>(activation, x);
    }

    /// `y = activation(x)`
    fn values[F](activation: Activation, x: &[f32], y: &mut [f32]) {
        for (x, y) in x.chunks(NEAR).zip(y.chunks_mut(NEAR)) {
            y.copy_from_slice(x);
            apply::<F>(activation, y);
        }
    }

    /// [`backward_in_place`] on one thread.
    pub(crate) fn gradients_in_place[F](activation: Activation, kept: &[f32], dy: &mut [f32]) {
        match activation {
            Activation::Linear => {}
            Activation::Relu => gradient_in_place::<F, Relu>(kept, dy),
            Activation::Relu6 => gradient_in_place::<F, Relu6>(kept, dy),
            Activation::Sigmoid => gradient_in_place::<F, Sigmoid>(kept, dy),
            Activation::Tanh => gradient_in_place::<F, Tanh>(kept, dy),
            Activation::Swish => gradient_in_place::<F, Swish>(kept, dy),
        }
    }

    /// [`backward`] on one thread.
    pub(crate) fn gradients[F](activation: Activation, kept: &[f32], dy: &[f32], write: Write, dx: &mut [f32]) {
        match activation {
            Activation::Linear => gradient::<F, Identity>(kept, dy, write, dx),
            Activation::Relu => gradient::<F, Relu>(kept, dy, write, dx),
            Activation::Relu6 => gradient::<F, Relu6>(kept, dy, write, dx),
            Activation::Sigmoid => gradient::<F, Sigmoid>(kept, dy, write, dx),
            Activation::Tanh => gradient::<F, Tanh>(kept, dy, write, dx),
            Activation::Swish => gradient::<F, Swish>(kept, dy, write, dx),
        }
    }
}

/// `x = activation(x)`, inside a body that is compiled for each instruction set.
#[inline(always)]
pub(crate) fn apply<F: Arithmetic>(activation: Activation, x: &mut [f32]) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => map::<F, Relu>(x),
        Activation::Relu6 => map::<F, Relu6>(x),
        Activation::Sigmoid => map::<F, Sigmoid>(x),
        Activation::Tanh => map::<F, Tanh>(x),
        Activation::Swish => map::<F, Swish>(x),
    }
}

#[inline(always)]
fn gradient_in_place<F: Arithmetic, A: Function>(kept: &[f32], dy: &mut [f32]) {
    for (dy, kept) in dy.iter_mut().zip(kept) {
        *dy = A::gradient::<F>(*kept, *dy);
    }
}

#[inline(always)]
fn map<F: Arithmetic, A: Function>(x: &mut [f32]) {
    for x in x {
        *x = A::value::<F>(*x);
    }
}

#[inline(always)]
fn gradient<F: Arithmetic, A: Function>(kept: &[f32], dy: &[f32], write: Write, dx: &mut [f32]) {
    let given = kept.iter().zip(dy);
    match write {
        Write::Set => {
            dx.iter_mut().zip(given).for_each(|(dx, (kept, dy))| *dx = A::gradient::<F>(*kept, *dy))
        }
        Write::Add => {
            dx.iter_mut().zip(given).for_each(|(dx, (kept, dy))| *dx += A::gradient::<F>(*kept, *dy))
        }
    }
}

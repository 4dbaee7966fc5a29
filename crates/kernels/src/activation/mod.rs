//! Functions of single values, and their gradients.

pub(crate) mod by_input;
mod exp;
pub(crate) mod function;
pub(crate) mod gelu;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod tests;

pub(crate) use exp::exp;

use function::Function;

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
    /// `min(max(x + 3, 0), 6) / 6`
    HardSigmoid,
    /// `x * hard_sigmoid(x)`
    HardSwish,
    /// `x * Φ(x)`
    Gelu,
}

/// Evaluates `$body` with `$function` standing for the type that computes `$activation`.
macro_rules! with_function {
    ($activation:expr, $function:ident => $body:expr) => {
        with_function!(@each $activation, $function, $body,
            Linear: function::Identity, Relu: function::Relu, Relu6: function::Relu6, Sigmoid: function::Sigmoid,
            Tanh: function::Tanh, Swish: function::Swish, HardSigmoid: function::HardSigmoid,
            HardSwish: function::HardSwish, Gelu: gelu::Gelu)
    };
    (@each $activation:expr, $function:ident, $body:expr, $($name:ident: $($type:ident)::+),*) => {
        match $activation {
            $($crate::activation::Activation::$name => {
                type $function = $crate::activation::$($type)::+;
                $body
            })*
        }
    };
}
pub(crate) use with_function;

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 9] = [
        Self::Linear,
        Self::Relu,
        Self::Relu6,
        Self::Sigmoid,
        Self::Tanh,
        Self::Swish,
        Self::HardSigmoid,
        Self::HardSwish,
        Self::Gelu,
    ];

    /// Whether the derivative can be told from the output: not where two inputs give the same one.
    pub fn is_known_by_output(self) -> bool {
        !matches!(self, Self::Swish | Self::HardSwish | Self::Gelu)
    }

    /// Low and high, if clamping between them is all that it does.
    pub(crate) fn bounds(self) -> Option<(f32, f32)> {
        match self {
            Self::Linear => Some((f32::NEG_INFINITY, f32::INFINITY)),
            Self::Relu => Some((0.0, f32::INFINITY)),
            Self::Relu6 => Some((0.0, 6.0)),
            _ => None,
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

/// `dx = dy * activation'`. `kept` is the output `y`, or the input `x` where the derivative is not known by the output.
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
        if activation != Activation::Linear {
            with_function!(activation, A => gradient_in_place::<F, A>(kept, dy));
        }
    }

    /// [`backward`] on one thread.
    pub(crate) fn gradients[F](activation: Activation, kept: &[f32], dy: &[f32], write: Write, dx: &mut [f32]) {
        with_function!(activation, A => gradient::<F, A>(kept, dy, write, dx));
    }
}

/// `x = activation(x)`, inside a body that is compiled for each instruction set.
#[inline(always)]
pub(crate) fn apply<F: Arithmetic>(activation: Activation, x: &mut [f32]) {
    if activation != Activation::Linear {
        with_function!(activation, A => map::<F, A>(x));
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

//! Each activation as two functions without branches: its value, and its gradient from what the forward kept.

use super::exp::exp_of_normals;
use crate::isa::Arithmetic;

/// One activation.
pub(super) trait Function {
    /// `f(x)`
    fn value<F: Arithmetic>(x: f32) -> f32;

    /// `dy * f'`, where `kept` is what [`super::backward`] says.
    fn gradient<F: Arithmetic>(kept: f32, dy: f32) -> f32;
}

pub(crate) struct Identity;
pub(crate) struct Relu;
pub(crate) struct Relu6;
pub(crate) struct Sigmoid;
pub(crate) struct Tanh;
pub(crate) struct Swish;
pub(crate) struct HardSigmoid;
pub(crate) struct HardSwish;

impl Function for Identity {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        x
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(_: f32, dy: f32) -> f32 {
        dy
    }
}

impl Function for Relu {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        // Not `f32::max`, which would turn a NaN into zero.
        if x < 0.0 { 0.0 } else { x }
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(y: f32, dy: f32) -> f32 {
        if y > 0.0 { dy } else { 0.0 }
    }
}

impl Function for Relu6 {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        let x = if x < 0.0 { 0.0 } else { x };
        if x > 6.0 { 6.0 } else { x }
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(y: f32, dy: f32) -> f32 {
        let dy = if y > 0.0 { dy } else { 0.0 };
        if y < 6.0 { dy } else { 0.0 }
    }
}

impl Function for Sigmoid {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        1.0 / (1.0 + exp_of_normals::<F>(-x))
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(y: f32, dy: f32) -> f32 {
        dy * y * (1.0 - y)
    }
}

/// Up to here the polynomial, from here the exponential, which cancels near zero.
const TANH_SMALL: f32 = 0.625;
/// Of `(tanh(x) − x) / x³` in `x²`, lowest power first: a minimax fit, off by at most 4.4e-9 of `tanh(x)`.
const TANH: [f32; 5] = [-0.333_332_8, 0.133_314_42, -0.053_739_715, 0.020_639_088, -0.005_704_987_3];

impl Function for Tanh {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        let square = x * x;
        let [a, b, c, d, e] = TANH;
        let sum = F::multiply_add(F::multiply_add(e, square, d), square, c);
        let sum = F::multiply_add(F::multiply_add(sum, square, b), square, a);
        let near = F::multiply_add(sum * square, x, x);
        let far = 1.0 - 2.0 / (exp_of_normals::<F>(2.0 * x.abs()) + 1.0);
        if x.abs() < TANH_SMALL { near } else { far.copysign(x) }
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(y: f32, dy: f32) -> f32 {
        dy * (1.0 - y * y)
    }
}

/// Below it swish is zero; clamping there spares `-inf * 0`.
const SWISH_LOWEST: f32 = -200.0;

impl Function for Swish {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        let x = if x < SWISH_LOWEST { SWISH_LOWEST } else { x };
        x / (1.0 + exp_of_normals::<F>(-x))
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(x: f32, dy: f32) -> f32 {
        let x = if x < SWISH_LOWEST { SWISH_LOWEST } else { x };
        let sigmoid = 1.0 / (1.0 + exp_of_normals::<F>(-x));
        // 1 − sigmoid is zero from x = 17 on: no infinity times zero for the finite, and 1 for the infinite.
        let x = if x > -SWISH_LOWEST { -SWISH_LOWEST } else { x };
        dy * F::multiply_add(x * sigmoid, 1.0 - sigmoid, sigmoid)
    }
}

/// From here on the hard sigmoid is 1; below the negative it is 0.
const HARD: f32 = 3.0;

impl Function for HardSigmoid {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        Relu6::value::<F>(x + HARD) / 6.0
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(y: f32, dy: f32) -> f32 {
        let dy = if y > 0.0 { dy } else { 0.0 };
        (if y < 1.0 { dy } else { 0.0 }) / 6.0
    }
}

impl Function for HardSwish {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        // Zero there, and no infinity times zero.
        let x = if x < -HARD { -HARD } else { x };
        x * HardSigmoid::value::<F>(x)
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(x: f32, dy: f32) -> f32 {
        let gate = HardSigmoid::value::<F>(x);
        let slope = if gate > 0.0 { x / 6.0 } else { 0.0 };
        dy * (gate + if gate < 1.0 { slope } else { 0.0 })
    }
}

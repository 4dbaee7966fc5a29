//! `gelu(x) = x · Φ(x)` (Hendrycks & Gimpel 2016), exact in the negative tail too.
//!
//! `Φ(−a) = exp(−a²/2) · t · Q(t)` with `t = 1 / (1 + c · a)`: what the exponential leaves of the normal distribution
//! function (Mills's ratio) is smooth in `t`.

use super::exp::bell;
use super::function::Function;
use crate::isa::Arithmetic;

pub(crate) struct Gelu;

/// `c` of `t`.
const BEND: f32 = 0.36;
/// `Q`, lowest power first: a minimax fit over `a` from 0 to 15, off by at most 6.8e-8 of it.
const Q: [f32; 9] = [
    0.143_620_8,
    0.143_625_16,
    0.124_426_02,
    0.094_414_26,
    0.003_310_364_7,
    0.102_312_18,
    -0.219_530_8,
    0.137_746_62,
    -0.029_924_618,
];
/// From here on `Φ(−a)` is taken as zero, which it is but for subnormals; clamping there spares infinities.
const FAR: f32 = 13.26;
/// `1 / sqrt(2π)`
const PEAK: f32 = 0.398_942_3;

/// `Φ(x)` and `exp(−x²/2)`.
#[inline(always)]
fn normal<F: Arithmetic>(x: f32) -> (f32, f32) {
    let a = x.abs();
    let a = if a > FAR { FAR } else { a };
    // The square in two parts, the first of few enough bits to be exact: half of its error would be that of the result.
    let high = f32::from_bits(a.to_bits() & 0xffff_f000);
    let bell = bell::<F>(high * high, [a - high, a + high]);
    let t = 1.0 / F::multiply_add(BEND, a, 1.0);
    let mut sum = Q[8];
    for q in Q[..8].iter().rev() {
        sum = F::multiply_add(sum, t, *q);
    }
    let tail = bell * (sum * t);
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

impl Function for Gelu {
    #[inline(always)]
    fn value<F: Arithmetic>(x: f32) -> f32 {
        let x = if x < -FAR { -FAR } else { x };
        x * normal::<F>(x).0
    }

    #[inline(always)]
    fn gradient<F: Arithmetic>(x: f32, dy: f32) -> f32 {
        let (share, bell) = normal::<F>(x);
        let x = if x < -FAR { -FAR } else { x };
        let x = if x > FAR { FAR } else { x };
        dy * F::multiply_add(x * PEAK, bell, share)
    }
}

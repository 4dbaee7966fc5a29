//! `exp(x) = 2ⁿ · exp(r)` with `n = round(x / ln 2)` and `|r| ≤ ln 2 / 2`, without a branch, so that loops vectorise.

use crate::isa::Arithmetic;

/// Adding it to a small float leaves the nearest integer in the low bits: 1.5 · 2²³.
const ROUNDER: f32 = 12_582_912.0;
/// `ln 2` in two parts; the first has few enough bits that `n` times it is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Of `(exp(r) − 1 − r) / r²`, lowest power first: a minimax fit, off by at most 3.1e-9 of `exp(r)`.
const POLYNOMIAL: [f32; 5] = [0.499_999_94, 0.166_665_21, 0.041_668_39, 0.008_368_717, 0.001_381_459_9];
/// Below it the result rounds to zero, above the other it is infinite.
const LOWEST: f32 = -104.0;
const HIGHEST: f32 = 89.0;

/// `exp(x)` with a relative error below 2e-7; gradual underflow, infinity above 88.73, NaN for NaN.
#[inline(always)]
pub(crate) fn exp<F: Arithmetic>(x: f32) -> f32 {
    let (n, r) = reduced::<F>(x);
    scaled::<F>(n, r)
}

/// `exp(x + rest)` as exactly as [`exp`], for an `x` whose rounding error is `rest`: up to a tenth.
#[inline(always)]
pub(super) fn exp_of_sum<F: Arithmetic>(x: f32, rest: f32) -> f32 {
    let (n, r) = reduced::<F>(x);
    scaled::<F>(n, r + rest)
}

/// `n` and `r` of `x = n · ln 2 + r`.
#[inline(always)]
fn reduced<F: Arithmetic>(x: f32) -> (f32, f32) {
    // Comparisons that a NaN fails keep it.
    let x = if x < LOWEST { LOWEST } else { x };
    let x = if x > HIGHEST { HIGHEST } else { x };
    let n = F::multiply_add(x, std::f32::consts::LOG2_E, ROUNDER) - ROUNDER;
    let r = F::multiply_add(n, -LN_2_HIGH, x);
    (n, F::multiply_add(n, -LN_2_LOW, r))
}

/// `2ⁿ · exp(r)`
#[inline(always)]
fn scaled<F: Arithmetic>(n: f32, r: f32) -> f32 {
    let [a, b, c, d, e] = POLYNOMIAL;
    let sum = F::multiply_add(F::multiply_add(e, r, d), r, c);
    let sum = F::multiply_add(F::multiply_add(sum, r, b), r, a);
    let fraction = F::multiply_add(sum, r * r, r) + 1.0;
    // Two steps: 2¹²⁸ is not a float, and neither is 2⁻¹⁵⁰.
    let half = F::multiply_add(n, 0.5, ROUNDER) - ROUNDER;
    fraction * power_of_two(half) * power_of_two(n - half)
}

/// `2ⁿ` for a whole `n` from -126 to 127.
#[inline(always)]
fn power_of_two(n: f32) -> f32 {
    f32::from_bits(((n + (ROUNDER + 127.0)).to_bits()) << 23)
}

//! `exp(x) = 2ⁿ · exp(r)` with `n = round(x / ln 2)` and `|r| ≤ ln 2 / 2`, without a branch, so that loops vectorise.

use crate::isa::Arithmetic;

/// Adding it to a small float leaves the nearest integer in the low bits: 1.5 · 2²³.
const ROUNDER: f32 = 12_582_912.0;
/// `ln 2` in two parts; the first has few enough bits that `n` times it is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Of `exp(r)` from the square on, lowest power first: a minimax fit, off by at most 3.6e-9 of it.
const POLYNOMIAL: [f32; 5] = [0.499_999_94, 0.166_665_09, 0.041_668_527, 0.008_370_135, 0.001_381_166_2];
/// Below it the result rounds to zero, above the other it is infinite.
const LOWEST: f32 = -104.0;
const HIGHEST: f32 = 89.0;
/// As [`LOWEST`], where subnormals are zero: `n` is −127 there.
const LOWEST_NORMAL: f32 = -88.0;

/// `exp(x)` with a relative error below 2e-7; gradual underflow, infinity above 88.73, NaN for NaN.
#[inline(always)]
pub(crate) fn exp<F: Arithmetic>(x: f32) -> f32 {
    let (n, r) = reduced::<F>(clamped(x, LOWEST));
    // Two steps: 2¹²⁸ is not a float, and neither is 2⁻¹⁵⁰.
    let half = F::multiply_add(n, 0.5, ROUNDER) - ROUNDER;
    polynomial::<F>(r, POLYNOMIAL, 1.0) * power_of_two(half) * power_of_two(n - half)
}

/// As [`exp`] in fewer steps: zero below −87.68, infinity above 88.37.
#[inline(always)]
pub(super) fn exp_of_normals<F: Arithmetic>(x: f32) -> f32 {
    let (n, r) = reduced::<F>(clamped(x, LOWEST_NORMAL));
    polynomial::<F>(r, POLYNOMIAL, 1.0) * power_of_two(n)
}

/// `exp(−(square + low[0] · low[1]) / 2)` as exactly as [`exp_of_normals`], for an exact square up to 176.
#[inline(always)]
pub(super) fn bell<F: Arithmetic>(square: f32, low: [f32; 2]) -> f32 {
    let [a, b, c, d, e] = POLYNOMIAL;
    // In `q = −2 r`, which spares the halving.
    let of_q = [a / 4.0, -b / 8.0, c / 16.0, -d / 32.0, e / 64.0];
    let n = F::multiply_add(square, -0.5 * std::f32::consts::LOG2_E, ROUNDER) - ROUNDER;
    let q = F::multiply_add(n, 2.0 * LN_2_HIGH, square);
    let q = F::multiply_add(n, 2.0 * LN_2_LOW, q);
    let q = F::multiply_add(low[0], low[1], q);
    polynomial::<F>(q, of_q, -0.5) * power_of_two(n)
}

/// At most [`HIGHEST`] and at least `lowest`; comparisons that a NaN fails keep it.
#[inline(always)]
fn clamped(x: f32, lowest: f32) -> f32 {
    let x = if x < lowest { lowest } else { x };
    if x > HIGHEST { HIGHEST } else { x }
}

/// `n` and `r` of `x = n · ln 2 + r`.
#[inline(always)]
fn reduced<F: Arithmetic>(x: f32) -> (f32, f32) {
    let n = F::multiply_add(x, std::f32::consts::LOG2_E, ROUNDER) - ROUNDER;
    let r = F::multiply_add(n, -LN_2_HIGH, x);
    (n, F::multiply_add(n, -LN_2_LOW, r))
}

/// `1 + first · r + …`
#[inline(always)]
fn polynomial<F: Arithmetic>(r: f32, [a, b, c, d, e]: [f32; 5], first: f32) -> f32 {
    let sum = F::multiply_add(F::multiply_add(e, r, d), r, c);
    let sum = F::multiply_add(F::multiply_add(sum, r, b), r, a);
    F::multiply_add(F::multiply_add(sum, r, first), r, 1.0)
}

/// `2ⁿ` for a whole `n` from −126 to 127; zero for −127, infinity for 128.
#[inline(always)]
fn power_of_two(n: f32) -> f32 {
    f32::from_bits(((n + (ROUNDER + 127.0)).to_bits()) << 23)
}

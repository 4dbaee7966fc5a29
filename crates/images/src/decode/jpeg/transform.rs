//! Blocks of coefficients to pixels, at full or at reduced scale.
//!
//! Along one axis the eight pixels of a block are `p(x) = Σ s(u) F(u) cos((2x + 1)uπ/16)`, `s(0) = 1/√8`,
//! `s(u) = 1/2` (ITU-T T.81, A.3.3). The N pixels of the block at N/8 of its size are that sum over the frequencies
//! that so few pixels can show, at their centres: `p(k) = Σ s(u) F(u) cos((2k + 1)uπ/2N)`, `u < N`. Nothing that is
//! finer folds back on them. The eight-point transform is that of Y. Arai, T. Agui and M. Nakajima ("A Fast DCT-SQ
//! Scheme for Images", 1988), whose first factors are in the weights.

use std::f32::consts::SQRT_2;
use std::f64::consts::PI;

use super::huffman::{Block, place};

/// What a coefficient is multiplied with, in the order of [`Block`].
pub(super) type Weights = [f32; 64];

/// Writes a block's pixels to rows `stride` bytes apart. `last` is the number of its last coefficient.
pub(super) type Inverse = fn(block: &Block, last: usize, weights: &Weights, pixels: &mut [u8], stride: usize);

/// The transform to `points` pixels down and across, each 1, 2, 4 or 8 and at most twice the other.
pub(super) fn inverse(points: [usize; 2]) -> Option<Inverse> {
    Some(match points {
        [1, 1] => run::<1, 1, 1, 1>,
        [1, 2] => run::<1, 2, 1, 2>,
        [2, 1] => run::<2, 1, 2, 1>,
        [2, 2] => run::<2, 2, 2, 2>,
        [2, 4] => run::<2, 4, 2, 4>,
        [4, 2] => run::<4, 2, 4, 2>,
        [4, 4] => run::<4, 4, 4, 4>,
        [4, 8] => run::<4, 8, 4, 4>,
        [8, 4] => run::<8, 4, 4, 4>,
        [8, 8] => run::<8, 8, 4, 4>,
        _ => return None,
    })
}

/// The weights of a transform to `points` pixels down and across; `quantization` is in zigzag order.
pub(super) fn weights(quantization: &[u16; 64], points: [usize; 2]) -> Weights {
    let mut weights = [0.0; 64];
    for (number, step) in quantization.iter().enumerate() {
        let (across, down) = (place(number) / 8, place(number) % 8);
        let weight = axis_weight(down, points[0]) * axis_weight(across, points[1]);
        weights[place(number)] = (f64::from(*step) * weight) as f32;
    }
    weights
}

/// `s(u)`, and the factor that the fast transform of so many points wants first.
fn axis_weight(frequency: usize, points: usize) -> f64 {
    let first = match (points, frequency) {
        (8, 1..) => (frequency as f64 * PI / 16.0).cos(),
        (4, 2) | (2, 1) => (PI / 4.0).cos(),
        _ => 1.0,
    };
    first * if frequency == 0 { 0.125_f64.sqrt() } else { 0.5 }
}

/// Columns and then rows are transformed `TALL` and `WIDE` at a time: as many as fit a vector.
fn run<const DOWN: usize, const ACROSS: usize, const TALL: usize, const WIDE: usize>(
    block: &Block,
    last: usize,
    weights: &Weights,
    pixels: &mut [u8],
    stride: usize,
) {
    if last == 0 {
        let level = to_byte(f32::from(block[0]) * weights[0] + 128.0);
        for row in 0..DOWN {
            pixels[row * stride..row * stride + ACROSS].fill(level);
        }
        return;
    }
    let mut columns = [0.0; 64];
    for across in 0..ACROSS {
        let (values, weights) = (&block[across * 8..][..DOWN], &weights[across * 8..][..DOWN]);
        for ((column, value), weight) in columns[across * DOWN..][..DOWN].iter_mut().zip(values).zip(weights)
        {
            *column = f32::from(*value) * weight;
        }
    }
    columns[0] += 128.0;
    let turned = pass::<ACROSS, DOWN, TALL>(&columns, |across, down| across * DOWN + down);
    let rows = pass::<DOWN, ACROSS, WIDE>(&turned, |down, across| across * DOWN + down);
    for (row, values) in rows.chunks_exact(ACROSS).take(DOWN).enumerate() {
        for (pixel, value) in pixels[row * stride..][..ACROSS].iter_mut().zip(values) {
            *pixel = to_byte(*value);
        }
    }
}

/// Transforms `LENGTH` columns of `N` values, `LANES` at a time; `place` says where the value of a row and a column is.
/// Turning the block while the second pass loads it is what compilers make vector code of.
#[inline(always)]
fn pass<const N: usize, const LENGTH: usize, const LANES: usize>(
    from: &[f32; 64],
    place: impl Fn(usize, usize) -> usize,
) -> [f32; 64] {
    let mut to = [0.0; 64];
    for first in (0..LENGTH).step_by(LANES) {
        let columns: [[f32; LANES]; N] =
            std::array::from_fn(|i| std::array::from_fn(|lane| from[place(i, first + lane)]));
        for (i, lanes) in points::<N, LANES>(columns).iter().enumerate() {
            to[i * LENGTH + first..][..LANES].copy_from_slice(lanes);
        }
    }
    to
}

/// To the nearest byte. Adding 2²³ leaves the whole number in the low bits, which vector units do as they are.
#[inline(always)]
fn to_byte(value: f32) -> u8 {
    (crate::resample::within_a_byte(value) + 8_388_608.0).to_bits() as u8
}

/// So many transforms side by side.
type Lanes<const L: usize> = [f32; L];

#[inline(always)]
fn add<const L: usize>(a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

#[inline(always)]
fn subtract<const L: usize>(a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
    std::array::from_fn(|lane| a[lane] - b[lane])
}

#[inline(always)]
fn times<const L: usize>(a: Lanes<L>, factor: f32) -> Lanes<L> {
    a.map(|value| value * factor)
}

/// `L` transforms of `N` points.
#[inline(always)]
fn points<const N: usize, const L: usize>(mut v: [Lanes<L>; N]) -> [Lanes<L>; N] {
    match N {
        2 => (v[0], v[1]) = (add(v[0], v[1]), subtract(v[0], v[1])),
        4 => {
            let [a, b, c, d] = four([v[0], v[1], v[2], v[3]]);
            (v[0], v[1], v[2], v[3]) = (a, b, c, d);
        }
        8 => {
            let out = eight([v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]]);
            v.copy_from_slice(&out);
        }
        _ => {}
    }
    v
}

#[inline(always)]
fn four<const L: usize>(v: [Lanes<L>; 4]) -> [Lanes<L>; 4] {
    /// The cosines of π/8 and 3π/8.
    const NEAR: f32 = 0.923_879_5;
    const FAR: f32 = 0.382_683_43;
    let (outer, inner) = (add(v[0], v[2]), subtract(v[0], v[2]));
    let steep = add(times(v[1], NEAR), times(v[3], FAR));
    let flat = subtract(times(v[1], FAR), times(v[3], NEAR));
    [add(outer, steep), add(inner, flat), subtract(inner, flat), subtract(outer, steep)]
}

#[inline(always)]
fn eight<const L: usize>(v: [Lanes<L>; 8]) -> [Lanes<L>; 8] {
    /// 2 cos(π/8), and its difference from and its sum with 2 cos(3π/8).
    const C2: f32 = 1.847_759;
    const C2_MINUS_C6: f32 = 1.082_392_2;
    const C2_PLUS_C6: f32 = 2.613_126;
    let even = {
        let (sum, difference) = (add(v[0], v[4]), subtract(v[0], v[4]));
        let outer = add(v[2], v[6]);
        let inner = subtract(times(subtract(v[2], v[6]), SQRT_2), outer);
        [add(sum, outer), add(difference, inner), subtract(difference, inner), subtract(sum, outer)]
    };
    let odd = {
        let (a, b) = (add(v[5], v[3]), subtract(v[5], v[3]));
        let (c, d) = (add(v[1], v[7]), subtract(v[1], v[7]));
        let first = add(c, a);
        let turned = times(add(b, d), C2);
        let second = subtract(subtract(turned, times(b, C2_PLUS_C6)), first);
        let third = subtract(times(subtract(c, a), SQRT_2), second);
        let fourth = subtract(subtract(turned, times(d, C2_MINUS_C6)), third);
        [first, second, third, fourth]
    };
    [
        add(even[0], odd[0]),
        add(even[1], odd[1]),
        add(even[2], odd[2]),
        add(even[3], odd[3]),
        subtract(even[3], odd[3]),
        subtract(even[2], odd[2]),
        subtract(even[1], odd[1]),
        subtract(even[0], odd[0]),
    ]
}

//! A hash that pictures share, but for a few bits, when they look the same: signs of their lowest frequencies.
//!
//! Of luma `p` of 32 × 32 pixels, `X(u, v) = Σ p(y, x) cos(π (y + ½) u / 32) cos(π (x + ½) v / 32)`. Bit `k` says
//! whether `X` is above zero at the `k`-th lowest frequency, by `u + v`; the mean, `X(0, 0)`, is no part of it. Scaling
//! or shifting the levels changes no sign. After C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash
//! Functions" (2010), whose hash compares with the median instead.

use std::f32::consts::PI;
use std::sync::LazyLock;

use crate::turn::Turn;

/// Rows and columns of the picture that is hashed.
pub(crate) const SIDE: usize = 32;
const BITS: usize = 64;
/// `u` and `v` are smaller: 65 frequencies have a sum of 1 to 10.
const FREQUENCIES: usize = 11;

/// Signs of 64 frequencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hash(pub(crate) u64);

impl Hash {
    /// Of luma, `[32, 32]`.
    pub(crate) fn of(luma: &[f32; SIDE * SIDE]) -> Self {
        let Waves { cosines, order } = &*WAVES;
        let mut rows = [[0.0_f32; FREQUENCIES]; SIDE]; // [y, v]
        for (row, pixels) in rows.iter_mut().zip(luma.as_chunks::<SIDE>().0) {
            for (sum, cosines) in row.iter_mut().zip(cosines) {
                *sum = pixels.iter().zip(cosines).map(|(pixel, cosine)| pixel * cosine).sum();
            }
        }
        let at = |(u, v): (usize, usize)| -> f32 {
            rows.iter().zip(&cosines[u]).map(|(row, cosine)| row[v] * cosine).sum()
        };
        Self(order.iter().enumerate().fold(0, |hash, (bit, wave)| hash | u64::from(at(*wave) > 0.0) << bit))
    }

    /// Of the same picture, mirrored or turned. Of the 65 frequencies with a sum of 1 to 10 one has no bit; where
    /// transposing asks for it, it counts as below zero.
    pub(crate) fn turned(self, turn: Turn) -> Self {
        let waves = WAVES.order.iter().enumerate();
        Self(waves.fold(0, |hash, (bit, (u, v))| {
            let ([u, v], is_negated) = turn.wave([*u, *v]);
            // Before those of a sum `s` come `2 + 3 + … + s` others.
            let source = (u + v) * (u + v + 1) / 2 - 1 + u;
            let is_above = source < BITS && (self.0 >> source & 1 == 1) != is_negated;
            hash | u64::from(is_above) << bit
        }))
    }

    /// How many bits differ.
    pub(crate) fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

struct Waves {
    /// `[u, y]`
    cosines: [[f32; SIDE]; FREQUENCIES],
    /// `(u, v)` of each bit.
    order: [(usize, usize); BITS],
}

static WAVES: LazyLock<Waves> = LazyLock::new(|| {
    let mut cosines = [[0.0; SIDE]; FREQUENCIES];
    for (u, row) in cosines.iter_mut().enumerate() {
        for (y, cosine) in row.iter_mut().enumerate() {
            *cosine = (PI * (y as f32 + 0.5) * u as f32 / SIDE as f32).cos();
        }
    }
    let sums = (1..FREQUENCIES).flat_map(|sum| (0..=sum).map(move |u| (u, sum - u)));
    let mut order = [(0, 0); BITS];
    order.iter_mut().zip(sums).for_each(|(place, wave)| *place = wave);
    Waves { cosines, order }
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Something like a photo: a few waves and a step.
    fn picture(seed: u32) -> [f32; SIDE * SIDE] {
        std::array::from_fn(|i| {
            let (y, x) = ((i / SIDE) as f32, (i % SIDE) as f32);
            let s = seed as f32;
            100.0
                + 40.0 * (0.11 * x * (1.0 + s) + s).sin()
                + 30.0 * (0.17 * y - 0.05 * x * s).cos()
                + if x + y > 20.0 + 3.0 * s { 25.0 } else { 0.0 }
        })
    }

    #[test]
    fn it_is_the_signs_of_the_plain_transform() {
        for seed in 0..8 {
            let luma = picture(seed);
            let mut expected = 0_u64;
            let mut bit = 0;
            'all: for sum in 1..SIDE {
                for u in 0..=sum {
                    let mut coefficient = 0.0_f64;
                    for y in 0..SIDE {
                        for x in 0..SIDE {
                            let wave = |at: usize, k: usize| {
                                (std::f64::consts::PI * (2 * at + 1) as f64 * k as f64 / 64.0).cos()
                            };
                            coefficient += f64::from(luma[y * SIDE + x]) * wave(y, u) * wave(x, sum - u);
                        }
                    }
                    assert!(coefficient.abs() > 1e-2, "too near to zero for a test of float32");
                    expected |= u64::from(coefficient > 0.0) << bit;
                    bit += 1;
                    if bit == 64 {
                        break 'all;
                    }
                }
            }
            assert_eq!(Hash::of(&luma).0, expected, "{seed}");
        }
    }

    #[test]
    fn a_turned_hash_is_that_of_the_turned_picture() {
        for seed in 0..8 {
            let luma = picture(seed);
            for turn in Turn::ALL {
                let turned = std::array::from_fn(|i| {
                    let [row, column] = turn.source([i / SIDE, i % SIDE], SIDE);
                    luma[row * SIDE + column]
                });
                let apart = Hash::of(&luma).turned(turn).distance(Hash::of(&turned));
                assert!(
                    apart <= u32::from(matches!(turn, Turn::Quarter | Turn::ThreeQuarters)),
                    "{seed}, {turn:?}"
                );
            }
        }
    }

    #[test]
    fn levels_do_not_matter_and_content_does() {
        let (a, b) = (picture(1), picture(2));
        let brighter = a.map(|level| 0.8 * level + 20.0);
        assert_eq!(Hash::of(&a).distance(Hash::of(&brighter)), 0);
        assert!(Hash::of(&a).distance(Hash::of(&b)) > 11);
    }
}

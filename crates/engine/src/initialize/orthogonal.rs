//! Orthogonal matrices: normal values that Gram & Schmidt's way makes orthonormal, which gives every such matrix the
//! same chance (Saxe, McClelland and Ganguli 2014).
//!
//! In blocks, so that matrix products do the work: a block of vectors is made orthonormal in double precision, and
//! `V ← V − (V Qᵀ) Q` takes it out of all that follow. Where little was left of a vector, that little is mostly
//! rounding errors, so that the whole is done again (Giraud, Langou and Rozložník 2005: twice is enough).

use kernels::gemm::{Packed, multiply};
use kernels::{Epilogue, Pool, Write};
use rand::Rng;

use super::normal;

/// Vectors of a block.
const BLOCK: usize = 32;
/// The least part of a vector that must be left for its direction to be trusted.
const LEFT: f64 = 0.5;
/// Bounds the repetitions, of which two do.
const MOST_PASSES: usize = 5;
/// Sums of a dot product that go on beside each other.
const LANES: usize = 8;

/// `gain` times a matrix of so many columns, of which the fewer of rows and columns are at
/// right angles and of length 1.
pub(super) fn orthogonal(random: &mut impl Rng, gain: f64, columns: usize, values: &mut [f32]) {
    let rows = values.len() / columns.max(1);
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors = vec![0.0; count * length]; // [count, length]
    vectors.fill_with(|| normal(random) as f32);
    for _ in 0..MOST_PASSES {
        if orthonormalize(&mut vectors, length) > LEFT {
            break;
        }
    }
    for (place, value) in values.iter_mut().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let of_vector =
            if rows < columns { vectors[row * length + column] } else { vectors[column * length + row] };
        *value = (gain * f64::from(of_vector)) as f32;
    }
}

/// Makes `vectors`, `[count, length]`, orthonormal one after the other,
/// and returns the least part that was left of one.
fn orthonormalize(vectors: &mut [f32], length: usize) -> f64 {
    // One thread: what is initialised has none lent yet.
    let pool = Pool::new(1);
    let norms: Vec<f64> = vectors.chunks_exact(length.max(1)).map(norm).collect();
    let (mut least, mut rest, mut done) = (f64::INFINITY, vectors, 0);
    while !rest.is_empty() {
        let here = BLOCK.min(rest.len() / length);
        let (block, after) = rest.split_at_mut(here * length);
        let lengths = gram_schmidt(block, length);
        least = lengths.iter().zip(&norms[done..]).map(|(left, before)| left / before).fold(least, f64::min);
        let others = after.len() / length;
        if others > 0 {
            let (mut transposed, mut plain) = (Packed::new(length, here), Packed::new(here, length));
            transposed.pack_transposed(&pool, block);
            plain.pack(&pool, block);
            let mut along = vec![0.0; others * here]; // [others, here]
            multiply(&pool, others, after, &transposed, &Epilogue::default(), Write::Set, &mut along);
            along.iter_mut().for_each(|along| *along = -*along);
            multiply(&pool, others, &along, &plain, &Epilogue::default(), Write::Add, after);
        }
        (rest, done) = (after, done + here);
    }
    least
}

/// Makes `block` orthonormal and returns how long each of its vectors was without what it shared with those before.
fn gram_schmidt(block: &mut [f32], length: usize) -> Vec<f64> {
    let mut earlier: Vec<Vec<f64>> = Vec::new();
    let mut lengths = Vec::new();
    for row in block.chunks_exact_mut(length) {
        let mut vector: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
        for other in &earlier {
            let along = dot(other, &vector);
            vector.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
        }
        let left = dot(&vector, &vector).sqrt();
        let scale = if left > 0.0 { left.recip() } else { 0.0 };
        vector.iter_mut().for_each(|value| *value *= scale);
        row.iter_mut().zip(&vector).for_each(|(value, exact)| *value = *exact as f32);
        earlier.push(vector);
        lengths.push(left);
    }
    lengths
}

fn norm(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// The largest distance of `Q Qᵀ` from one, `Q` being the fewer of rows and columns, and the matrix.
    fn error_of([rows, columns]: [usize; 2], gain: f64) -> (f64, Vec<f32>) {
        let mut values = vec![0.0; rows * columns];
        orthogonal(&mut ChaCha8Rng::seed_from_u64(7), gain, columns, &mut values);
        let (count, length) = (rows.min(columns), rows.max(columns));
        let at = |vector: usize, i: usize| {
            f64::from(if rows < columns {
                values[vector * columns + i]
            } else {
                values[i * columns + vector]
            })
        };
        let mut worst = 0.0_f64;
        for a in 0..count {
            for b in 0..=a {
                let dot: f64 = (0..length).map(|i| at(a, i) * at(b, i)).sum();
                worst = worst.max((dot / (gain * gain) - f64::from(u8::from(a == b))).abs());
            }
        }
        (worst, values)
    }

    /// Square ones are the hardest: little is left of the last vectors.
    #[test]
    fn a_matrix_times_its_transpose_is_one() {
        let sizes = [[1, 1], [2, 2], [5, 1], [31, 33], [64, 64], [200, 301], [333, 97], [256, 256], [1, 40]];
        for size in sizes {
            let (worst, values) = error_of(size, 1.5);
            assert!(worst < 3e-6, "{size:?}: {worst}");
            assert!(values.iter().all(|value| value.is_finite()), "{size:?}");
        }
    }

    /// Every such matrix has the same chance, so a value is of variance `1 / length` and as often above as below zero.
    #[test]
    fn directions_are_spread_evenly() {
        let (_, values) = error_of([300, 300], 1.0);
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
        let fourth = values.iter().map(|value| f64::from(*value).powi(4)).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 1e-3, "{mean}");
        // As a normal value's: three times the squared variance.
        assert!((fourth * 9e4 / 3.0 - 1.0).abs() < 0.05, "{fourth}");
    }

    #[test]
    fn nothing_has_no_direction() {
        orthogonal(&mut ChaCha8Rng::seed_from_u64(7), 1.0, 0, &mut []);
        orthogonal(&mut ChaCha8Rng::seed_from_u64(7), 1.0, 3, &mut []);
    }
}

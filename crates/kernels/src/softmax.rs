//! Softmax along rows: `y = exp(x − max) / Σ exp(x − max)`.

use crate::activation::exp;
use crate::disjoint::Disjoint;
use crate::elementwise::in_pieces;
use crate::isa::{Arithmetic, on_each_isa};
use crate::{Pool, Write};

/// Partial sums and maxima of a row.
const LANES: usize = 16;

/// `x` and `y` are `[rows, classes]`.
pub fn forward(pool: &Pool, classes: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "softmax: x and y differ in length");
    assert!(classes > 0 && x.len().is_multiple_of(classes), "softmax: x is not whole rows");
    let parts = Disjoint::new(y);
    in_pieces(pool, x.len() / classes, classes, |range| {
        let range = range.start * classes..range.end * classes;
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        forward_rows(pool.isa(), classes, &x[range], y);
    });
}

/// `dx = y * (dy − Σ dy·y)`, from the output `y`.
pub fn backward(pool: &Pool, classes: usize, y: &[f32], dy: &[f32], write: Write, dx: &mut [f32]) {
    assert_eq!(y.len(), dy.len(), "softmax gradient: y and dy differ in length");
    assert_eq!(y.len(), dx.len(), "softmax gradient: y and dx differ in length");
    assert!(classes > 0 && y.len().is_multiple_of(classes), "softmax gradient: y is not whole rows");
    let parts = Disjoint::new(dx);
    in_pieces(pool, y.len() / classes, classes, |range| {
        let range = range.start * classes..range.end * classes;
        // SAFETY: the rows of different pieces do not overlap.
        let dx = unsafe { parts.part(range.clone()) };
        backward_rows(pool.isa(), classes, &y[range.clone()], &dy[range], write, dx);
    });
}

on_each_isa! {
    /// [`forward`] on one thread.
    fn forward_rows[F](classes: usize, x: &[f32], y: &mut [f32]) {
        for (x, y) in x.chunks_exact(classes).zip(y.chunks_exact_mut(classes)) {
            let largest = largest(x);
            for (y, x) in y.iter_mut().zip(x) {
                *y = exp::<F>(x - largest);
            }
            let share = 1.0 / sum(y);
            for y in y {
                *y *= share;
            }
        }
    }

    /// [`backward`] on one thread.
    fn backward_rows[F](classes: usize, y: &[f32], dy: &[f32], write: Write, dx: &mut [f32]) {
        let given = y.chunks_exact(classes).zip(dy.chunks_exact(classes));
        for ((y, dy), dx) in given.zip(dx.chunks_exact_mut(classes)) {
            let mean = dot::<F>(y, dy);
            let given = y.iter().zip(dy);
            match write {
                Write::Set => dx.iter_mut().zip(given).for_each(|(dx, (y, dy))| *dx = y * (dy - mean)),
                Write::Add => dx.iter_mut().zip(given).for_each(|(dx, (y, dy))| *dx += y * (dy - mean)),
            }
        }
    }
}

#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = if block[lane] > lanes[lane] { block[lane] } else { lanes[lane] };
        }
    }
    // A NaN may be missed here; it makes itself known in the sum.
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |largest, x| if *x > largest { *x } else { largest })
}

#[inline(always)]
fn sum(x: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] += block[lane];
        }
    }
    lanes.iter().chain(rest).sum()
}

/// `Σ a·b`
#[inline(always)]
fn dot<F: Arithmetic>(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] = F::multiply_add(a[lane], b[lane], lanes[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(0.0, |sum, (a, b)| F::multiply_add(*a, *b, sum));
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Lcg, assert_close, pools};

    /// The definition, in float64.
    fn reference(classes: usize, x: &[f64]) -> Vec<f64> {
        let row = |x: &[f64]| {
            let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = x.iter().map(|x| (x - largest).exp()).sum();
            x.iter().map(|x| (x - largest).exp() / sum).collect::<Vec<_>>()
        };
        x.chunks_exact(classes).flat_map(row).collect()
    }

    #[test]
    fn rows_of_any_length_agree_with_the_definition() {
        for (rows, classes) in [(3, 1), (5, 2), (4, 10), (2, 16), (3, 37), (2, 1000), (1, 40_000), (0, 5)] {
            let x: Vec<f32> = Lcg::new(3).values(rows * classes).iter().map(|x| x * 30.0).collect();
            let expected = reference(classes, &x.iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
            for pool in pools() {
                let mut y = vec![f32::NAN; x.len()];
                forward(&pool, classes, &x, &mut y);
                assert_close(&y, &expected, 1e-6, &format!("[{rows}, {classes}] {:?}", pool.isa()));
            }
        }
    }

    #[test]
    fn large_and_infinite_inputs_are_safe() {
        let x = [1e30, 1e30, -1e30, 1000.0, 999.0, f32::NEG_INFINITY, f32::NAN, 0.0, 0.0];
        for pool in pools() {
            let mut y = [f32::NAN; 9];
            forward(&pool, 3, &x, &mut y);
            assert_eq!(y[..3], [0.5, 0.5, 0.0]);
            assert!((y[3] - 0.731_058_6).abs() < 1e-6 && y[5] == 0.0);
            assert!(y[6..].iter().all(|y| y.is_nan()));
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        const STEP: f64 = 1e-5;
        for (rows, classes) in [(3, 1), (5, 2), (3, 17), (2, 40)] {
            let mut lcg = Lcg::new(5);
            let (x, dy) = (lcg.values(rows * classes), lcg.values(rows * classes));
            let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            let loss = |at: usize, step: f64| -> f64 {
                let mut x = wide.clone();
                x[at] += step;
                reference(classes, &x).iter().zip(&dy).map(|(y, dy)| y * f64::from(*dy)).sum()
            };
            let expected: Vec<f64> =
                (0..x.len()).map(|at| (loss(at, STEP) - loss(at, -STEP)) / (2.0 * STEP)).collect();
            let added: Vec<f64> = expected.iter().zip(&wide).map(|(dx, x)| dx + x).collect();
            for pool in pools() {
                let mut y = vec![f32::NAN; x.len()];
                forward(&pool, classes, &x, &mut y);
                let mut dx = vec![f32::NAN; x.len()];
                backward(&pool, classes, &y, &dy, Write::Set, &mut dx);
                assert_close(&dx, &expected, 1e-6, "softmax gradient");
                let mut dx = x.clone();
                backward(&pool, classes, &y, &dy, Write::Add, &mut dx);
                assert_close(&dx, &added, 1e-6, "added softmax gradient");
            }
        }
    }
}

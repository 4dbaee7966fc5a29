//! Products of a few rows with a large matrix that changes from step to step: it is read once, where it lies, and
//! what is laid out anew is the rows. `yᵀ = wᵀ · xᵀ` is a sum over the rows of `w`, `dxᵀ = w · dyᵀ` a plain product.

use super::pack::Packed;
use super::{multiply, multiply_transposed, transposed_scratch};
use crate::disjoint::Disjoint;
use crate::{Epilogue, Pool, Write};

/// Rows and columns that change places together, so that both sides stay in the nearest cache.
const TILE: usize = 16;
/// Values in one piece of work, about.
const PIECE: usize = 1 << 14;

/// `y = x · w + bias`; `x: [rows, k]`, `w: [k, n]`, `y: [rows, n]`.
/// `scratch` has [`few_rows_scratch`] floats or more, holding anything.
pub fn multiply_few_rows(
    pool: &Pool,
    rows: usize,
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    scratch: &mut [f32],
    y: &mut [f32],
) {
    let (k, n) = (x.len() / rows.max(1), y.len() / rows.max(1));
    assert_eq!([x.len(), y.len(), w.len()], [rows * k, rows * n, k * n], "few rows: lengths of x, y and w");
    assert!(bias.is_none_or(|bias| bias.len() == n), "not a bias of {n} columns");
    let (turned, rest) = scratch.split_at_mut(k * rows);
    let (product, rest) = rest.split_at_mut(n * rows);
    transpose(pool, x, k, Write::Set, turned);
    multiply_transposed(pool, k, n, rows, w, turned, rest, product);
    transpose(pool, product, rows, Write::Set, y);
    if let Some(bias) = bias {
        for row in y.chunks_exact_mut(n) {
            row.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias);
        }
    }
}

/// `dx = dy · wᵀ`; `dy: [rows, n]`, `w: [k, n]`, `dx: [rows, k]`. `scratch` as for [`multiply_few_rows`];
/// `packed` is room that is used again.
pub fn multiply_few_rows_back(
    pool: &Pool,
    rows: usize,
    dy: &[f32],
    w: &[f32],
    packed: &mut Packed,
    scratch: &mut [f32],
    write: Write,
    dx: &mut [f32],
) {
    let (n, k) = (dy.len() / rows.max(1), dx.len() / rows.max(1));
    assert_eq!(
        [dy.len(), dx.len(), w.len()],
        [rows * n, rows * k, k * n],
        "few rows: lengths of dy, dx and w"
    );
    packed.reshape(n, rows);
    packed.pack_transposed(pool, dy);
    let product = &mut scratch[..k * rows];
    multiply(pool, k, w, packed, &Epilogue::default(), Write::Set, product);
    transpose(pool, product, rows, write, dx);
}

/// Floats of scratch that the products of up to `rows` rows with a matrix `[k, n]` need.
pub fn few_rows_scratch(rows: usize, k: usize, n: usize) -> usize {
    // Another number of rows may be summed in more parts.
    let sum = (1..=rows).map(|rows| transposed_scratch(k, n, rows)).max();
    (k + n) * rows + sum.unwrap_or(0)
}

/// `y[column, row] = x[row, column]`, or `+=`; `x` has rows of `columns` values.
fn transpose(pool: &Pool, x: &[f32], columns: usize, write: Write, y: &mut [f32]) {
    let rows = x.len() / columns.max(1);
    let span = (PIECE / rows.max(1)).max(1).next_multiple_of(TILE);
    let parts = Disjoint::new(y);
    pool.run(columns.div_ceil(span), |piece| {
        let (start, end) = (piece * span, columns.min((piece + 1) * span));
        // SAFETY: the columns of different pieces do not overlap.
        let y = unsafe { parts.part(start * rows..end * rows) };
        for first in (start..end).step_by(TILE) {
            for top in (0..rows).step_by(TILE) {
                for column in first..end.min(first + TILE) {
                    let y = &mut y[(column - start) * rows..][..rows];
                    for (row, y) in y.iter_mut().enumerate().skip(top).take(TILE) {
                        let x = x[row * columns + column];
                        *y = if write == Write::Add { *y + x } else { x };
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gemm::reference;
    use crate::testing::{Lcg, assert_close, pools};

    #[test]
    fn products_agree_with_the_plain_loops() {
        for (rows, k, n) in
            [(1, 1, 1), (3, 40, 70), (32, 1000, 65), (33, 17, 129), (7, 2500, 64), (3, 17_000, 64)]
        {
            let mut lcg = Lcg::new(5);
            let [x, dy, w, bias] = [rows * k, rows * n, k * n, n].map(|count| lcg.values(count));
            let turned: Vec<f32> = (0..n).flat_map(|c| w.iter().skip(c).step_by(n).copied()).collect();
            let mut expected = reference::multiply(rows, k, n, &x, &w);
            expected.iter_mut().zip(bias.iter().cycle()).for_each(|(y, bias)| *y += f64::from(*bias));
            let back = reference::multiply(rows, n, k, &dy, &turned);
            let added: Vec<f64> = back.iter().zip(&x).map(|(dx, x)| dx + f64::from(*x)).collect();
            for pool in pools() {
                let what = format!("{rows} {k} {n} {:?}", pool.isa());
                let mut scratch = vec![f32::NAN; few_rows_scratch(rows + 5, k, n)];
                let mut y = vec![f32::NAN; rows * n];
                multiply_few_rows(&pool, rows, &x, &w, Some(&bias), &mut scratch, &mut y);
                assert_close(&y, &expected, 1e-5, &what);
                let mut packed = Packed::new(n, 3);
                let (mut dx, mut sum) = (vec![f32::NAN; rows * k], x.clone());
                multiply_few_rows_back(&pool, rows, &dy, &w, &mut packed, &mut scratch, Write::Set, &mut dx);
                assert_close(&dx, &back, 1e-5, &what);
                multiply_few_rows_back(&pool, rows, &dy, &w, &mut packed, &mut scratch, Write::Add, &mut sum);
                assert_close(&sum, &added, 1e-5, &what);
            }
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let (rows, k, n) = (32, 3000, 100);
        let mut lcg = Lcg::new(5);
        let [x, dy, w] = [rows * k, rows * n, k * n].map(|count| lcg.values(count));
        let run = |threads| {
            let pool = Pool::new(threads);
            let mut scratch = vec![0.0; few_rows_scratch(rows, k, n)];
            let (mut y, mut dx) = (vec![0.0; rows * n], vec![0.0; rows * k]);
            multiply_few_rows(&pool, rows, &x, &w, None, &mut scratch, &mut y);
            let mut packed = Packed::new(n, rows);
            multiply_few_rows_back(&pool, rows, &dy, &w, &mut packed, &mut scratch, Write::Set, &mut dx);
            (y, dx)
        };
        assert!(run(1) == run(3));
    }

    #[test]
    fn fewer_rows_need_no_more_scratch_than_many() {
        for (k, n) in [(1, 1), (40, 70), (2500, 64), (1000, 4097)] {
            let scratch: Vec<usize> = (0..100).map(|rows| few_rows_scratch(rows, k, n)).collect();
            assert!(scratch.is_sorted(), "{k} {n}: {scratch:?}");
        }
    }
}

//! The plainest loops, summed in float64: what every fast path is compared with.

/// `a · b` with `a: [rows, k]` and `b: [k, n]`.
pub(crate) fn multiply(rows: usize, k: usize, n: usize, a: &[f32], b: &[f32]) -> Vec<f64> {
    let mut c = vec![0.0; rows * n];
    for row in 0..rows {
        for i in 0..k {
            for column in 0..n {
                c[row * n + column] += f64::from(a[row * k + i]) * f64::from(b[i * n + column]);
            }
        }
    }
    c
}

/// `aᵀ · g` with `a: [rows, k]` and `g: [rows, n]`.
pub(crate) fn multiply_transposed(rows: usize, k: usize, n: usize, a: &[f32], g: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; k * n];
    for row in 0..rows {
        for i in 0..k {
            for column in 0..n {
                out[i * n + column] += f64::from(a[row * k + i]) * f64::from(g[row * n + column]);
            }
        }
    }
    out
}

//! Matrix products, row-major: `c = epilogue(a · b)` with `b` packed once, and `a`ᵀ`· g` for weight gradients.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod block;
pub(crate) mod cut;
mod few_rows;
mod pack;
mod portable;
#[cfg(test)]
pub(crate) mod reference;
pub(crate) mod row_sum;
pub(crate) mod tile;
mod transposed;

pub use few_rows::{few_rows_scratch, multiply_few_rows, multiply_few_rows_back};
pub use pack::Packed;
pub use transposed::{multiply_transposed, transposed_scratch};
pub(crate) use transposed::{rows_scratch, transposed_rows};

use crate::disjoint::Disjoint;
use crate::{Epilogue, Pool, Write};
use block::{Block, Finish, Rows, Steps};
use cut::Cut;
use tile::Start;

/// `c = epilogue(a · b)`, or `c += a · b` with [`Write::Add`] (then without epilogue). `a: [rows, k]`, `c: [rows, n]`.
///
/// Every row's result is the same bits whatever the other rows are and however many threads work.
pub fn multiply(
    pool: &Pool,
    rows: usize,
    a: &[f32],
    b: &Packed,
    epilogue: &Epilogue,
    write: Write,
    c: &mut [f32],
) {
    let (k, n) = (b.k(), b.n());
    assert_eq!(a.len(), rows * k, "a is not [{rows}, {k}]");
    assert_eq!(c.len(), rows * n, "c is not [{rows}, {n}]");
    epilogue.check(n, c.len(), write);
    if c.is_empty() {
        return;
    }
    let cut = Cut::new(rows, k, n);
    let row_blocks = cut.row_blocks(rows);
    let c = Disjoint::new(c);
    // Neighbouring pieces share their columns, so that these panels stay in the cache.
    pool.run(row_blocks * cut.column_blocks(n), |piece| {
        let (row, column) = (piece % row_blocks * cut.rows, piece / row_blocks * cut.columns);
        let size = [cut.rows.min(rows - row), cut.columns.min(n - column)];
        // SAFETY: rows and columns are inside the matrices, whose lengths are checked above, and pieces do not
        // share output values.
        unsafe { multiply_block(pool, a, b, epilogue, write, c.as_mut_ptr(), [row, column], size) };
    });
}

/// As [`multiply`], on this thread, with all columns at once: for a few rows that are in the cache.
pub(crate) fn multiply_rows(
    pool: &Pool,
    rows: usize,
    a: &[f32],
    b: &Packed,
    epilogue: &Epilogue,
    write: Write,
    c: &mut [f32],
) {
    assert_eq!((a.len(), c.len()), (rows * b.k(), rows * b.n()), "not {rows} rows of [{}, {}]", b.k(), b.n());
    epilogue.check(b.n(), c.len(), write);
    if !c.is_empty() {
        // SAFETY: all rows and columns, by the assertion; this thread alone has `c`.
        unsafe { multiply_block(pool, a, b, epilogue, write, c.as_mut_ptr(), [0, 0], [rows, b.n()]) };
    }
}

/// The rows and columns from `at` on, `size` of them.
///
/// # Safety
/// They are inside the matrices, and nobody else uses those of `c` meanwhile.
unsafe fn multiply_block(
    pool: &Pool,
    a: &[f32],
    b: &Packed,
    epilogue: &Epilogue,
    write: Write,
    c: *mut f32,
    [row, column]: [usize; 2],
    [rows, columns]: [usize; 2],
) {
    let (k, n) = (b.k(), b.n());
    let at = row * n + column;
    let block = Block {
        rows: Rows { pictures: 1, lines: 1, width: rows },
        a: a[row * k..].as_ptr(),
        a_steps: Steps { position: k, ..Steps::default() },
        segments: &[0],
        segment_len: k,
        b: b.panels(column),
        c: c.wrapping_add(at),
        c_steps: Steps { position: n, ..Steps::default() },
        columns,
        start: if write == Write::Add { Start::Output } else { Start::Zero },
        finish: Finish::new(epilogue, column, at),
    };
    // SAFETY: the caller's promise.
    unsafe {
        block.multiply(pool.isa());
        block.activate(pool, epilogue.activation);
    }
}

#[cfg(test)]
mod tests;

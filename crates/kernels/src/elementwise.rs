//! Value by value: sums, products, and moving blocks of columns and borders.

use crate::activation::{self, Activation};
use crate::disjoint::Disjoint;
use crate::isa::on_each_isa;
use crate::{Isa, Pool, Write};

#[cfg(test)]
mod tests;

/// Values in one piece of work.
const PIECE: usize = 1 << 14;

/// `y = activation(a + b)`.
pub fn add(pool: &Pool, a: &[f32], b: &[f32], activation: Activation, y: &mut [f32]) {
    assert_eq!(a.len(), b.len(), "add: a and b differ in length");
    assert_eq!(a.len(), y.len(), "add: a and y differ in length");
    let parts = Disjoint::new(y);
    in_pieces(pool, a.len(), 1, |range| {
        // SAFETY: the ranges of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        add_values(pool.isa(), &a[range.clone()], &b[range], activation, y);
    });
}

/// `y += x`, or `y = x`.
pub fn copy(pool: &Pool, x: &[f32], write: Write, y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "copy: x and y differ in length");
    let parts = Disjoint::new(y);
    in_pieces(pool, x.len(), 1, |range| {
        // SAFETY: the ranges of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        put(pool.isa(), &x[range], write, y);
    });
}

/// `y = Σ part`, in their order; `parts` holds as many values each as `y`.
pub(crate) fn add_up(pool: &Pool, parts: &[f32], y: &mut [f32]) {
    let len = y.len();
    let shared = Disjoint::new(y);
    in_pieces(pool, len, 1, |range| {
        // SAFETY: the ranges of different pieces do not overlap.
        let y = unsafe { shared.part(range.clone()) };
        y.copy_from_slice(&parts[range.clone()]);
        for part in parts[len..].chunks_exact(len) {
            accumulate(pool.isa(), &part[range.clone()], y);
        }
    });
}

/// `y = a * b`, or `y += a * b`.
pub fn multiply(pool: &Pool, a: &[f32], b: &[f32], write: Write, y: &mut [f32]) {
    assert_eq!(a.len(), b.len(), "multiply: a and b differ in length");
    assert_eq!(a.len(), y.len(), "multiply: a and y differ in length");
    let parts = Disjoint::new(y);
    in_pieces(pool, a.len(), 1, |range| {
        // SAFETY: the ranges of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        multiply_values(pool.isa(), &a[range.clone()], &b[range], write, y);
    });
}

/// `y = x * scale + offset`.
pub fn rescale(pool: &Pool, x: &[f32], scale: f32, offset: f32, y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "rescale: x and y differ in length");
    let parts = Disjoint::new(y);
    in_pieces(pool, x.len(), 1, |range| {
        // SAFETY: the ranges of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        rescale_values(pool.isa(), &x[range], scale, offset, y);
    });
}

/// Concat: columns `0..x_columns` of `x` go to columns `at..` of `y`.
pub fn insert_columns(pool: &Pool, x: &[f32], x_columns: usize, y: &mut [f32], y_columns: usize, at: usize) {
    let rows = check_columns(x, x_columns, y, y_columns, at);
    let parts = Disjoint::new(y);
    in_pieces(pool, rows, x_columns, |range| {
        for row in range {
            // SAFETY: different rows do not overlap.
            let y = unsafe { parts.part(row * y_columns + at..row * y_columns + at + x_columns) };
            y.copy_from_slice(&x[row * x_columns..][..x_columns]);
        }
    });
}

/// Concat's gradient: columns `at..at + x_columns` of `y` go to `x`.
pub fn extract_columns(
    pool: &Pool,
    y: &[f32],
    y_columns: usize,
    at: usize,
    write: Write,
    x: &mut [f32],
    x_columns: usize,
) {
    let rows = check_columns(x, x_columns, y, y_columns, at);
    let parts = Disjoint::new(x);
    in_pieces(pool, rows, x_columns, |range| {
        // SAFETY: the rows of different pieces do not overlap.
        let x = unsafe { parts.part(range.start * x_columns..range.end * x_columns) };
        for (row, x) in range.zip(x.chunks_exact_mut(x_columns)) {
            put(pool.isa(), &y[row * y_columns + at..][..x_columns], write, x);
        }
    });
}

/// Each row of `columns` values backwards: `y = x`, or `y += x`.
pub fn reverse_rows(pool: &Pool, x: &[f32], columns: usize, write: Write, y: &mut [f32]) {
    let rows = check_columns(x, columns, y, columns, 0);
    let parts = Disjoint::new(y);
    in_pieces(pool, rows, columns, |range| {
        let range = range.start * columns..range.end * columns;
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.clone()) };
        // The usual three, RGB, are worth a loop of their own, which the compiler unrolls.
        if columns == 3 {
            return reverse_each(x[range].chunks_exact(3), y.chunks_exact_mut(3), write);
        }
        reverse_each(x[range].chunks_exact(columns), y.chunks_exact_mut(columns), write);
    });
}

/// [`reverse_rows`] on one thread.
#[inline(always)]
fn reverse_each<'a>(
    x: impl Iterator<Item = &'a [f32]>,
    y: impl Iterator<Item = &'a mut [f32]>,
    write: Write,
) {
    for (x, y) in x.zip(y) {
        let given = y.iter_mut().zip(x.iter().rev());
        match write {
            Write::Set => given.for_each(|(y, x)| *y = *x),
            Write::Add => given.for_each(|(y, x)| *y += *x),
        }
    }
}

/// Zeros around each picture: `x: [batch, H, W, C]`, `border` is top, bottom, left, right. With [`Write::Add`] that is
/// the gradient of [`crop`], added to what `y` holds.
pub fn pad(
    pool: &Pool,
    map: [usize; 3],
    border: [usize; 4],
    batch: usize,
    x: &[f32],
    write: Write,
    y: &mut [f32],
) {
    let frame = Frame::new(map, border);
    frame.check(batch, x.len(), y.len());
    let parts = Disjoint::new(y);
    in_pieces(pool, batch * frame.outer_rows, frame.outer_row, |range| {
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.start * frame.outer_row..range.end * frame.outer_row) };
        if write == Write::Set {
            y.fill(0.0);
        }
        for (row, y) in range.zip(y.chunks_exact_mut(frame.outer_row.max(1))) {
            if let Some(inner) = frame.inner_row_of(row) {
                let x = &x[inner * frame.inner_row..][..frame.inner_row];
                put(pool.isa(), x, write, &mut y[frame.left..][..frame.inner_row]);
            }
        }
    });
}

/// Each picture without its border, which is also the gradient of [`pad`]; `map` is the shape inside, that of `y`.
pub fn crop(
    pool: &Pool,
    map: [usize; 3],
    border: [usize; 4],
    batch: usize,
    x: &[f32],
    write: Write,
    y: &mut [f32],
) {
    let frame = Frame::new(map, border);
    frame.check(batch, y.len(), x.len());
    let parts = Disjoint::new(y);
    in_pieces(pool, batch * frame.inner_rows, frame.inner_row, |range| {
        // SAFETY: the rows of different pieces do not overlap.
        let y = unsafe { parts.part(range.start * frame.inner_row..range.end * frame.inner_row) };
        for (row, y) in range.zip(y.chunks_exact_mut(frame.inner_row.max(1))) {
            put(pool.isa(), &x[frame.outer_start_of(row)..][..frame.inner_row], write, y);
        }
    });
}

/// Pictures and the zeros around them, in rows of floats.
struct Frame {
    inner_rows: usize,
    inner_row: usize,
    outer_rows: usize,
    outer_row: usize,
    top: usize,
    left: usize,
}

impl Frame {
    fn new([height, width, channels]: [usize; 3], [top, bottom, left, right]: [usize; 4]) -> Self {
        Self {
            inner_rows: height,
            inner_row: width * channels,
            outer_rows: top + height + bottom,
            outer_row: (left + width + right) * channels,
            top,
            left: left * channels,
        }
    }

    fn check(&self, batch: usize, inner: usize, outer: usize) {
        assert_eq!(inner, batch * self.inner_rows * self.inner_row, "pad: length of the maps without border");
        assert_eq!(outer, batch * self.outer_rows * self.outer_row, "pad: length of the maps with border");
    }

    /// The inner row of the batch that an outer row of the batch holds.
    fn inner_row_of(&self, outer: usize) -> Option<usize> {
        let row = (outer % self.outer_rows).checked_sub(self.top)?;
        (row < self.inner_rows).then(|| outer / self.outer_rows * self.inner_rows + row)
    }

    /// Where an inner row of the batch begins among the outer values.
    fn outer_start_of(&self, inner: usize) -> usize {
        let row = inner / self.inner_rows * self.outer_rows + self.top + inner % self.inner_rows;
        row * self.outer_row + self.left
    }
}

fn check_columns(x: &[f32], x_columns: usize, y: &[f32], y_columns: usize, at: usize) -> usize {
    assert!(x_columns > 0 && at + x_columns <= y_columns, "columns {at}..{at}+{x_columns} of {y_columns}");
    let rows = x.len() / x_columns;
    assert_eq!(x.len(), rows * x_columns, "columns: x is not whole rows");
    assert_eq!(y.len(), rows * y_columns, "columns: x and y differ in rows");
    rows
}

/// Calls `work` with ranges of `rows` rows of `row` values each, of about [`PIECE`] values.
pub(crate) fn in_pieces(pool: &Pool, rows: usize, row: usize, work: impl Fn(std::ops::Range<usize>) + Sync) {
    let size = (PIECE / row.max(1)).max(1);
    pool.run(rows.div_ceil(size), |piece| work(piece * size..((piece + 1) * size).min(rows)));
}

/// [`copy`] on one thread.
pub(crate) fn put(isa: Isa, x: &[f32], write: Write, y: &mut [f32]) {
    match write {
        Write::Set => y.copy_from_slice(x),
        Write::Add => accumulate(isa, x, y),
    }
}

on_each_isa! {
    /// `y += x`
    pub(crate) fn accumulate[F](x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y += x;
        }
    }

    /// [`add`] on one thread.
    fn add_values[F](a: &[f32], b: &[f32], activation: Activation, y: &mut [f32]) {
        // Not in one pass, except for clamps: the sum is in the nearest cache when the function comes.
        let (low, high) = activation.bounds().unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        for (y, (a, b)) in y.iter_mut().zip(a.iter().zip(b)) {
            let sum = a + b;
            let above = if sum < low { low } else { sum };
            *y = if above > high { high } else { above };
        }
        if activation.bounds().is_none() {
            activation::apply::<F>(activation, y);
        }
    }

    /// [`multiply`] on one thread.
    fn multiply_values[F](a: &[f32], b: &[f32], write: Write, y: &mut [f32]) {
        let given = a.iter().zip(b);
        match write {
            Write::Set => y.iter_mut().zip(given).for_each(|(y, (a, b))| *y = a * b),
            Write::Add => y.iter_mut().zip(given).for_each(|(y, (a, b))| *y = F::multiply_add(*a, *b, *y)),
        }
    }

    /// [`rescale`] on one thread.
    fn rescale_values[F](x: &[f32], scale: f32, offset: f32, y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = F::multiply_add(*x, scale, offset);
        }
    }
}

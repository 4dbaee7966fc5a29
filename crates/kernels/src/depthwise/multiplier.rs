//! Rows in which every channel stands `multiplier` times, one copy for each of its filters.

use std::ops::Range;

use super::Depthwise;
use crate::Write;

/// The rows of a picture that `rows` asks for, repeated in `scratch`, and the number of the first of them; the
/// whole picture as it is where nothing is to be repeated.
pub(super) fn repeat_rows<'a>(
    depthwise: &Depthwise,
    picture: &'a [f32],
    rows: Range<usize>,
    scratch: &'a mut [f32],
) -> (&'a [f32], usize) {
    if depthwise.multiplier == 1 {
        return (picture, 0);
    }
    let row = depthwise.window.input[1] * depthwise.window.input[2];
    let repeated = &mut scratch[..rows.len() * row * depthwise.multiplier];
    let given = &picture[rows.start * row..rows.end * row];
    for (copies, value) in repeated.chunks_exact_mut(depthwise.multiplier).zip(given) {
        copies.fill(*value);
    }
    (repeated, rows.start)
}

/// The gradient of the repetition: the sum over the copies.
pub(super) fn sum_repeated(multiplier: usize, repeated: &[f32], write: Write, dx: &mut [f32]) {
    for (copies, dx) in repeated.chunks_exact(multiplier).zip(dx) {
        let sum: f32 = copies.iter().sum();
        *dx = match write {
            Write::Set => sum,
            Write::Add => *dx + sum,
        };
    }
}

//! Blurs or sharpens: `blurred + factor (x − blurred)`, where a blurred pixel is the mean of the nine around it, itself
//! five times (Keras's `RandomSharpness`, whose factor is half of this one).
//!
//! The outermost pixels stay, as in Pillow: Keras takes what is outside for black, which draws a frame.

use super::{Canvas, Change, Operation, Random};
use crate::resample::within_a_byte;

/// From blurred to twice as sharp.
pub(super) const MOST: f32 = 1.0;
/// How often a pixel itself counts beyond its place among the nine.
const CENTRE: f32 = 4.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    change.before.push(Operation::Sharpness(random.between(1.0 - part, 1.0 + part)));
}

/// 0 is blurred, 1 the picture itself.
pub(super) fn apply(factor: f32, canvas: &mut Canvas) {
    let [height, width] = canvas.size;
    let (step, stride) = (canvas.channels, canvas.channels * width);
    if height < 3 || width < 3 {
        return;
    }
    let inner = stride - 2 * step;
    for row in 1..height - 1 {
        let old = |dy: usize, dx: usize| &canvas.values[(row + dy - 1) * stride + dx * step..][..inner];
        let [above, here, below] = [0, 1, 2].map(|dy| [0, 1, 2].map(|dx| old(dy, dx)));
        let new = &mut canvas.room[row * stride + step..][..inner];
        for (at, new) in new.iter_mut().enumerate() {
            let of_row = |row: [&[f32]; 3]| row[0][at] + row[1][at] + row[2][at];
            let value = here[1][at];
            let sum = of_row(above) + of_row(here) + of_row(below);
            let blurred = (sum + CENTRE * value) * (1.0 / (9.0 + CENTRE));
            *new = within_a_byte(blurred + factor * (value - blurred));
        }
    }
    for row in 1..height - 1 {
        let inside = row * stride + step..(row + 1) * stride - step;
        canvas.values[inside.clone()].copy_from_slice(&canvas.room[inside]);
    }
}

//! Takes colour away or adds to it, away from grey of the same luma: `grey + factor (x − grey)` (Keras's
//! `RandomColorDegeneration`, whose factor is one minus this one; in full its `RandomGrayscale`). Grey pictures stay.

use super::{Canvas, Change, Operation, Random};
use crate::resample::within_a_byte;

/// All pictures.
pub(super) const MOST: f32 = 1.0;
/// How much red, green and blue count (ITU-R BT.601).
const LUMA: [f32; 3] = [0.2989, 0.5870, 0.1140];

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    if random.chance(part) {
        change.before.push(Operation::Grayscale(0.0));
    }
}

/// 0 is grey, 1 the picture itself, and above it colours are stronger.
pub(super) fn apply(factor: f32, canvas: &mut Canvas) {
    if canvas.channels != LUMA.len() {
        return;
    }
    for pixel in canvas.values.as_chunks_mut::<3>().0 {
        let [red, green, blue] = *pixel;
        let grey = red * LUMA[0] + green * LUMA[1] + blue * LUMA[2];
        *pixel = pixel.map(|value| within_a_byte(grey + factor * (value - grey)));
    }
}

//! Stretches each channel so that its least level is black and its largest full (Keras's `AutoContrast`).
//! A channel of one level stays.

use super::{Canvas, Change, Operation, Random};
use crate::resample::within_a_byte;

/// All pictures.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    if random.chance(part) {
        change.before.push(Operation::AutoContrast);
    }
}

pub(super) fn apply(canvas: &mut Canvas) {
    match canvas.channels {
        1 => stretch::<1>(canvas.values.as_chunks_mut().0),
        _ => stretch::<3>(canvas.values.as_chunks_mut().0),
    }
}

fn stretch<const C: usize>(pixels: &mut [[f32; C]]) {
    let mut ends = [[255.0_f32, 0.0]; C];
    for pixel in pixels.iter() {
        for ([low, high], value) in ends.iter_mut().zip(pixel) {
            *low = if value < low { *value } else { *low };
            *high = if value > high { *value } else { *high };
        }
    }
    let taken_away_and_factor =
        ends.map(|[low, high]| if low < high { [low, 255.0 / (high - low)] } else { [0.0, 1.0] });
    for pixel in pixels {
        for (value, [low, factor]) in pixel.iter_mut().zip(taken_away_and_factor) {
            *value = within_a_byte((*value - low) * factor);
        }
    }
}

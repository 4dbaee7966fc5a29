//! Inverts light levels, as a film that was lit for too long (Keras's `Solarization` without an addition).

use super::{Canvas, Change, Operation, Random};

/// All pictures.
pub(super) const MOST: f32 = 1.0;
/// From where levels are inverted where nothing else is said.
const THRESHOLD: f32 = 128.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    if random.chance(part) {
        change.before.push(Operation::Solarize(THRESHOLD));
    }
}

/// From the level `threshold` on.
pub(super) fn apply(threshold: f32, canvas: &mut Canvas) {
    for value in canvas.values.iter_mut() {
        *value = if *value < threshold { *value } else { 255.0 - *value };
    }
}

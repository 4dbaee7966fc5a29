//! Turns all colours along the circle of hues (Keras's `RandomHue`). Grey pictures stay.

use super::{Change, Random};

/// Half the circle, either way.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    change.hue += 0.5 * random.between(-part, part);
}

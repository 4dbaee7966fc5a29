//! Makes colours paler or stronger (Keras's `RandomSaturation`, its factor as contrast has it). Grey pictures stay.

use super::{Change, Random};

/// From grey to twice as strong.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    change.saturation *= random.between(1.0 - part, 1.0 + part);
}

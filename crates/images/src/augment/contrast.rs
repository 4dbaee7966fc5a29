//! Moves a picture's values away from their mean colour or towards it (Keras's `RandomContrast`).

use super::{Change, Random};

/// From one flat colour to twice the contrast.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    change.contrast *= random.between(1.0 - part, 1.0 + part);
}

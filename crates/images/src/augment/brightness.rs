//! Makes a picture lighter or darker (Keras's `RandomBrightness`).

use super::{Change, Random};

/// From black to white.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    change.brightness += 255.0 * random.between(-part, part);
}

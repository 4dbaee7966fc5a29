//! Adds noise to each value by itself (Keras's `GaussianNoise` on pictures in 0 to 1).

use super::{Change, Random};

/// A deviation of the full range.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(deviation: f32, random: &mut Random, change: &mut Change) {
    change.noise = Some((255.0 * deviation, random.fork()));
}

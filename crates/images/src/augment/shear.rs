//! Slants a picture along both axes, each by itself (Keras's `RandomShear`).

use super::{Affine, Change, Random};

/// As far as the picture is high: 45°.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    let mut drawn = || f64::from(random.between(-part, part));
    let parts = [drawn(), drawn()];
    change.affine = change.affine.then(by(parts));
}

/// Each row moved by the first part of its distance from the centre, each column by the second.
pub(crate) fn by([x, y]: [f64; 2]) -> Affine {
    Affine::linear([[1.0, x], [y, 1.0]])
}

//! Shrinks or enlarges a picture about its centre (Keras's `RandomZoom` with one factor for both axes).

use super::{Affine, Change, Random};

/// Beyond it, a picture would be enlarged tenfold.
pub(super) const MOST: f32 = 0.9;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    change.affine = change.affine.then(by(f64::from(random.between(1.0 - part, 1.0 + part))));
}

/// So much more of the old picture is seen along each axis: above one it shrinks.
pub(crate) fn by(factor: f64) -> Affine {
    Affine::linear([[factor, 0.0], [0.0, factor]])
}

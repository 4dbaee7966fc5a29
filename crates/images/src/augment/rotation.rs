//! Turns a picture about its centre (Keras's `RandomRotation`).

use super::{Affine, Change, Random};

/// A full turn.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(turns: f32, random: &mut Random, change: &mut Change) {
    change.affine = change.affine.then(by(f64::from(random.between(-turns, turns))));
}

/// Turned by this part of a full turn, anticlockwise as one looks at it.
pub(crate) fn by(turns: f64) -> Affine {
    let (sin, cos) = (turns * std::f64::consts::TAU).sin_cos();
    Affine::linear([[cos, -sin], [sin, cos]])
}

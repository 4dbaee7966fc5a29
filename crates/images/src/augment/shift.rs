//! Moves a picture along both axes (Keras's `RandomTranslation` with one factor for both).

use super::{Affine, Change, Random};

/// The whole side.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    let mut drawn = || f64::from(random.between(-part, part));
    let parts = [drawn(), drawn()];
    change.affine = change.affine.then(by(change.size, parts));
}

/// Moved right and down by these parts of the width and of the height.
pub(crate) fn by([height, width]: [usize; 2], [right, down]: [f64; 2]) -> Affine {
    Affine::translation([-right * width as f64, -down * height as f64])
}

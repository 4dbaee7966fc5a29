//! Cuts a part out of a picture, somewhere, and enlarges it to the whole (as torchvision's `RandomResizedCrop`).

use super::{Affine, Change, Random};

/// All but a tenth of each side.
pub(super) const MOST: f32 = 0.9;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    let kept = [0, 1].map(|_| f64::from(random.between(1.0 - part, 1.0)));
    let at = [0, 1].map(|_| f64::from(random.between(-1.0, 1.0)));
    change.affine = change.affine.then(by(change.size, kept, at));
}

/// So much of width and height is kept, `at` between the first end of what is left over (−1) and the last (1).
fn by([height, width]: [usize; 2], kept: [f64; 2], at: [f64; 2]) -> Affine {
    let sides = [width as f64, height as f64];
    let offset = [0, 1].map(|axis| at[axis] * (1.0 - kept[axis]) / 2.0 * sides[axis]);
    Affine { matrix: [[kept[0], 0.0], [0.0, kept[1]]], offset }
}

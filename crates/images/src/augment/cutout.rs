//! Covers a box somewhere with the picture's mean colour (DeVries & Taylor 2017, arXiv:1708.04552; Keras's
//! `RandomErasing`).

use super::{Change, Random};

/// A box as large as the picture.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    // The box's centre is anywhere in the picture, so that some of the box may lie outside.
    let side = |side: usize, random: &mut Random| {
        let length = random.between(0.0, part) * side as f32;
        let centre = random.between(0.0, side as f32);
        let within = |at: f32| (at.round().max(0.0) as usize).min(side);
        within(centre - length / 2.0)..within(centre + length / 2.0)
    };
    let [height, width] = change.size;
    let rows = side(height, random);
    change.hole = [rows, side(width, random)];
}

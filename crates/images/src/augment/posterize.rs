//! Leaves the upper bits of each level (Keras's `RandomPosterization`).

use super::{Canvas, Change, Operation, Random};

/// All pictures.
pub(super) const MOST: f32 = 1.0;
/// The bits that stay where nothing else is said.
const BITS: u32 = 4;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    if random.chance(part) {
        change.before.push(Operation::Posterize(BITS));
    }
}

/// `bits` of eight stay.
pub(super) fn apply(bits: u32, canvas: &mut Canvas) {
    let mask = u8::MAX.checked_shl(8 - bits.min(8)).unwrap_or(0);
    canvas.values.iter_mut().for_each(|value| *value = f32::from(*value as u8 & mask));
}

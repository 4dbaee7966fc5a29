//! Stretches each channel so that its least level is black and its largest full (Keras's `AutoContrast`).
//! A channel of one level stays.

use super::{Canvas, Change, Operation, Random};

/// All pictures.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    if random.chance(part) {
        change.before.push(Operation::AutoContrast);
    }
}

pub(super) fn apply(canvas: &mut Canvas) {
    for channel in 0..canvas.channels {
        let extremes = |(low, high): (f32, f32), value: &mut f32| (low.min(*value), high.max(*value));
        let (low, high) = canvas.channel(channel).fold((f32::MAX, f32::MIN), extremes);
        if low < high {
            let scale = 255.0 / (high - low);
            canvas.channel(channel).for_each(|value| *value = ((*value - low) * scale).min(255.0));
        }
    }
}

//! Spreads the levels of each channel evenly, by its histogram of 256 levels (Keras's `Equalization`):
//! `255 (n(≤ v) − n₀) / (n − n₀)`, rounded, where n₀ pixels have the least level. A channel of one level stays.

use super::{Canvas, Change, Operation, Random};

/// All pictures.
pub(super) const MOST: f32 = 1.0;

pub(super) fn draw(part: f32, random: &mut Random, change: &mut Change) {
    if random.chance(part) {
        change.before.push(Operation::Equalize);
    }
}

pub(super) fn apply(canvas: &mut Canvas) {
    for channel in 0..canvas.channels {
        let mut counts = [0_u32; 256];
        canvas.channel(channel).for_each(|value| counts[usize::from(*value as u8)] += 1);
        if let Some(levels) = levels(&counts) {
            canvas.channel(channel).for_each(|value| *value = levels[usize::from(*value as u8)]);
        }
    }
}

/// What becomes of each level; none where there is one level alone.
fn levels(counts: &[u32; 256]) -> Option<[f32; 256]> {
    let all: u32 = counts.iter().sum();
    let least = *counts.iter().find(|count| **count > 0)?;
    let others = f64::from(all - least);
    let mut up_to = 0;
    let level = counts.map(|count| {
        up_to += count;
        (255.0 * f64::from(up_to.saturating_sub(least)) / others).round_ties_even() as f32
    });
    (others > 0.0).then_some(level)
}

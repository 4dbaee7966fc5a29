//! The mean over all positions of a picture, and its gradient.

use std::ops::Range;

use crate::Write;
use crate::isa::on_each_isa;
use crate::lanes::{Blocks, Lanes, add, for_each_block, load, store};

/// Positions that are summed before they join the total, which keeps the rounding of large maps small.
const RUN: usize = 64;
/// Channels of one piece of work: several cache lines of each position.
pub(super) const CHANNELS: usize = 128;

on_each_isa! {
    /// The mean over the positions of one picture, of some of its channels.
    pub(super) fn average[F](positions: usize, channels: usize, x: &[f32], some: Range<usize>, y: &mut [f32]) {
        for_each_block(some.clone(), &mut Mean { positions, x, channels, first: some.start, y });
    }

    /// Positions `rows` of the batch go to `dx`.
    pub(super) fn spread[F](positions: usize, dy: &[f32], rows: Range<usize>, write: Write, dx: &mut [f32]) {
        let channels = dx.len() / rows.len().max(1);
        let share = 1.0 / positions as f32;
        for (row, dx) in rows.zip(dx.chunks_exact_mut(channels.max(1))) {
            let given = dx.iter_mut().zip(&dy[row / positions * channels..]);
            match write {
                Write::Set => given.for_each(|(dx, dy)| *dx = dy * share),
                Write::Add => given.for_each(|(dx, dy)| *dx += dy * share),
            }
        }
    }
}

struct Mean<'a> {
    positions: usize,
    x: &'a [f32],
    channels: usize,
    /// The channel of `y`'s first value.
    first: usize,
    y: &'a mut [f32],
}

impl Blocks for Mean<'_> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let mut total = [0.0; L];
        let mut next = 0;
        while next < self.positions {
            let end = (next + RUN).min(self.positions);
            let mut sum: Lanes<L> = [0.0; L];
            for position in next..end {
                sum = add(sum, load(self.x, position * self.channels + channel));
            }
            total = add(total, sum);
            next = end;
        }
        let share = 1.0 / self.positions.max(1) as f32;
        store(total.map(|sum| sum * share), self.y, channel - self.first);
    }
}

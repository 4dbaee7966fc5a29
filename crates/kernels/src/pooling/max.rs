//! The maximum of a window, and its gradient to the first place where it is, for some channels at a time.

use std::ops::Range;

use super::seen::Seen;
use crate::Window;
use crate::isa::on_each_isa;
use crate::lanes::{Blocks, Lanes, for_each_block, load, store};
use crate::taps::Axis;

on_each_isa! {
    /// Output rows `rows` of the batch go to `y`.
    pub(super) fn forward[F](window: &Window, x: &[f32], rows: Range<usize>, y: &mut [f32]) {
        let [height, width, channels] = window.input;
        let (vertical, horizontal) = (Axis::new(window, 0), Axis::new(window, 1));
        let [out_height, out_width] = window.output;
        for (row, y) in rows.zip(y.chunks_exact_mut((out_width * channels).max(1))) {
            let x = &x[row / out_height * height * width * channels..][..height * width * channels];
            let rows = vertical.of_output(row % out_height);
            for (ox, y) in y.chunks_exact_mut(channels).enumerate() {
                let seen = Seen::new(rows, horizontal.of_output(ox), width, channels);
                for_each_block(0..channels, &mut Largest { x, seen, y });
            }
        }
    }

    /// Adds the gradients of one picture.
    pub(super) fn backward[F](window: &Window, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        let [_, width, channels] = window.input;
        let (vertical, horizontal) = (Axis::new(window, 0), Axis::new(window, 1));
        for (oy, dy) in dy.chunks_exact((window.output[1] * channels).max(1)).enumerate() {
            let rows = vertical.of_output(oy);
            for (ox, dy) in dy.chunks_exact(channels).enumerate() {
                let seen = Seen::new(rows, horizontal.of_output(ox), width, channels);
                for_each_block(0..channels, &mut ToLargest { x, seen, dy, dx });
            }
        }
    }
}

/// The largest values from `channel` on; minus infinity where the window sees nothing.
#[inline(always)]
fn largest<const L: usize>(x: &[f32], seen: Seen, channel: usize) -> Lanes<L> {
    let mut largest = [f32::NEG_INFINITY; L];
    for row in 0..seen.rows {
        for column in 0..seen.columns {
            let values = load::<L>(x, seen.index(row, column) + channel);
            for lane in 0..L {
                // A NaN is taken, and nothing is larger.
                let taken = values[lane] > largest[lane] || values[lane].is_nan();
                largest[lane] = if taken { values[lane] } else { largest[lane] };
            }
        }
    }
    largest
}

struct Largest<'a> {
    x: &'a [f32],
    seen: Seen,
    y: &'a mut [f32],
}

impl Blocks for Largest<'_> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        store(largest::<L>(self.x, self.seen, channel), self.y, channel);
    }
}

struct ToLargest<'a> {
    x: &'a [f32],
    seen: Seen,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Blocks for ToLargest<'_> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let largest = largest::<L>(self.x, self.seen, channel);
        // What has not found its place yet.
        let mut left = load::<L>(self.dy, channel);
        for row in 0..self.seen.rows {
            for column in 0..self.seen.columns {
                let place = self.seen.index(row, column) + channel;
                let values = load::<L>(self.x, place);
                let mut dx = load::<L>(self.dx, place);
                for lane in 0..L {
                    let here = values[lane] == largest[lane];
                    dx[lane] += if here { left[lane] } else { 0.0 };
                    left[lane] = if here { 0.0 } else { left[lane] };
                }
                store(dx, self.dx, place);
            }
        }
    }
}

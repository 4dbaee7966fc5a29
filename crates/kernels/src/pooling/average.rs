//! The mean of what a window sees of the input, and its gradient, for some channels at a time.

use std::marker::PhantomData;
use std::ops::Range;

use super::seen::Seen;
use crate::Window;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, add, for_each_block, load, multiply_add, store};
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
                for_each_block(0..channels, &mut Mean { x, seen, y });
            }
        }
    }

    /// Adds the gradients of one picture.
    pub(super) fn backward[F](window: &Window, dy: &[f32], dx: &mut [f32]) {
        let [_, width, channels] = window.input;
        let (vertical, horizontal) = (Axis::new(window, 0), Axis::new(window, 1));
        for (oy, dy) in dy.chunks_exact((window.output[1] * channels).max(1)).enumerate() {
            let rows = vertical.of_output(oy);
            for (ox, dy) in dy.chunks_exact(channels).enumerate() {
                let seen = Seen::new(rows, horizontal.of_output(ox), width, channels);
                for_each_block(0..channels, &mut Spread::<F> { seen, dy, dx, arithmetic: PhantomData });
            }
        }
    }
}

struct Mean<'a> {
    x: &'a [f32],
    seen: Seen,
    y: &'a mut [f32],
}

impl Blocks for Mean<'_> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let mut sum = [0.0; L];
        for row in 0..self.seen.rows {
            for column in 0..self.seen.columns {
                sum = add(sum, load(self.x, self.seen.index(row, column) + channel));
            }
        }
        let share = 1.0 / (self.seen.rows * self.seen.columns).max(1) as f32;
        store(sum.map(|sum| sum * share), self.y, channel);
    }
}

/// An output's gradient, given to all that its window sees.
struct Spread<'a, F> {
    seen: Seen,
    dy: &'a [f32],
    dx: &'a mut [f32],
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic> Blocks for Spread<'_, F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let share = [1.0 / (self.seen.rows * self.seen.columns).max(1) as f32; L];
        let dy = load::<L>(self.dy, channel);
        for row in 0..self.seen.rows {
            for column in 0..self.seen.columns {
                let place = self.seen.index(row, column) + channel;
                store(multiply_add::<F, L>(dy, share, load(self.dx, place)), self.dx, place);
            }
        }
    }
}

//! The maximum of each window and its place, for some channels at a time.

use std::ops::Range;

use super::seen::Seen;
use crate::Window;
use crate::isa::on_each_isa;
use crate::lanes::{Blocks, for_each_block, load, store};
use crate::taps::Axis;

/// The place of a maximum that no gradient goes to.
pub(crate) const NOWHERE: f32 = -1.0;

on_each_isa! {
    /// Output rows `rows` of the batch go to `y`; the place of the first largest value to `places`: `row · steps[0] +
    /// column · steps[1]` in the window, or [`NOWHERE`] where it is not above the first bound and below the second.
    pub(super) fn forward[F](window: &Window, x: &[f32], bounds: [f32; 2], steps: [usize; 2], rows: Range<usize>, y: &mut [f32], places: &mut [f32]) {
        let [height, width, channels] = window.input;
        let (vertical, horizontal) = (Axis::new(window, 0), Axis::new(window, 1));
        let [out_height, out_width] = window.output;
        let row_len = (out_width * channels).max(1);
        for (row, (y, places)) in rows.zip(y.chunks_exact_mut(row_len).zip(places.chunks_exact_mut(row_len))) {
            let x = &x[row / out_height * height * width * channels..][..height * width * channels];
            let rows = vertical.of_output(row % out_height);
            for (ox, (y, places)) in y.chunks_exact_mut(channels).zip(places.chunks_exact_mut(channels)).enumerate() {
                let columns = horizontal.of_output(ox);
                let seen = Seen::new(rows, columns, width, channels);
                let first = rows.first * steps[0] + columns.first * steps[1];
                for_each_block(0..channels, &mut Largest { x, seen, first, steps, bounds, y, places });
            }
        }
    }
}

struct Largest<'a> {
    x: &'a [f32],
    seen: Seen,
    /// The place of the first value that is seen, and the steps to the next row and column.
    first: usize,
    steps: [usize; 2],
    bounds: [f32; 2],
    y: &'a mut [f32],
    places: &'a mut [f32],
}

impl Blocks for Largest<'_> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let mut largest = [f32::NEG_INFINITY; L];
        let mut places = [NOWHERE; L];
        for row in 0..self.seen.rows {
            for column in 0..self.seen.columns {
                let values = load::<L>(self.x, self.seen.index(row, column) + channel);
                let place = (self.first + row * self.steps[0] + column * self.steps[1]) as f32;
                for lane in 0..L {
                    // A NaN is taken, and nothing is larger.
                    let taken = values[lane] > largest[lane] || values[lane].is_nan();
                    largest[lane] = if taken { values[lane] } else { largest[lane] };
                    places[lane] = if taken { place } else { places[lane] };
                }
            }
        }
        let [low, high] = self.bounds;
        for lane in 0..L {
            let held = largest[lane] <= low || largest[lane] >= high;
            places[lane] = if held { NOWHERE } else { places[lane] };
        }
        store(largest, self.y, channel);
        store(places, self.places, channel);
    }
}

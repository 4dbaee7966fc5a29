//! The maximum of each window and where it lies, for some channels at a time.

use std::ops::Range;

use super::seen::Seen;
use crate::Window;
use crate::isa::on_each_isa;
use crate::lanes::{Blocks, for_each_block, load, store};
use crate::taps::Axis;

/// The place of a maximum that no gradient goes to.
pub(crate) const NOWHERE: f32 = -1.0;

on_each_isa! {
    /// Output rows `rows` of the batch go to `y`; the index in the window of the first largest value to `places`, or
    /// [`NOWHERE`] where it is not above `low` and below `high`.
    pub(super) fn forward[F](window: &Window, x: &[f32], low: f32, high: f32, rows: Range<usize>, y: &mut [f32], places: &mut [f32]) {
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
                let first = rows.first * window.kernel[1] + columns.first;
                let line = window.kernel[1];
                for_each_block(0..channels, &mut Largest { x, seen, first, line, low, high, y, places });
            }
        }
    }
}

struct Largest<'a> {
    x: &'a [f32],
    seen: Seen,
    /// The index in the window of the first value that is seen, and from row to row.
    first: usize,
    line: usize,
    low: f32,
    high: f32,
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
                let place = (self.first + row * self.line + column) as f32;
                for lane in 0..L {
                    // A NaN is taken, and nothing is larger.
                    let taken = values[lane] > largest[lane] || values[lane].is_nan();
                    largest[lane] = if taken { values[lane] } else { largest[lane] };
                    places[lane] = if taken { place } else { places[lane] };
                }
            }
        }
        for lane in 0..L {
            let held = largest[lane] <= self.low || largest[lane] >= self.high;
            places[lane] = if held { NOWHERE } else { places[lane] };
        }
        store(largest, self.y, channel);
        store(places, self.places, channel);
    }
}

//! Mean and variance of an output, gathered strip by strip while it is still in the cache.
//!
//! Each piece sums `x − shift` and its square around the mean of its own first rows; pieces are put together by
//! Chan, Golub & LeVeque (1983), so nothing large cancels whatever the mean is.

use super::Moments;
use crate::Isa;
use crate::columns::{self, Terms, Totals};

/// Float64 that a piece needs for each channel: shift, sum, sum of squares.
pub(crate) const MOMENTS: usize = 3;

/// First rows whose mean the sums are taken around.
const SAMPLE: usize = 8;

/// The sums of one piece.
pub(crate) struct PieceMoments<'a> {
    channels: usize,
    /// [`MOMENTS`] for each channel.
    totals: &'a mut [f64],
    /// As many floats as `3 * channels`.
    floats: &'a mut [f32],
    rows: usize,
}

impl<'a> PieceMoments<'a> {
    pub(crate) fn new(channels: usize, totals: &'a mut [f64], floats: &'a mut [f32]) -> Self {
        totals.fill(0.0);
        Self { channels, totals, floats, rows: 0 }
    }

    /// Adds whole rows of the output.
    pub(crate) fn add(&mut self, isa: Isa, y: &[f32]) {
        let channels = self.channels;
        let (shift, floats) = self.floats.split_at_mut(channels);
        let (shifts, sums) = self.totals.split_at_mut(channels);
        if self.rows == 0 {
            let sample = SAMPLE.min(y.len() / channels);
            shift.fill(0.0);
            for row in y.chunks_exact(channels).take(sample) {
                shift.iter_mut().zip(row).for_each(|(shift, y)| *shift += y / sample as f32);
            }
            shifts.iter_mut().zip(&*shift).for_each(|(wide, shift)| *wide = f64::from(*shift));
        }
        let rows = y.len() / channels;
        columns::add_rows(isa, Terms::Moments { x: y, shift }, channels, 0..rows, floats, sums);
        self.rows += rows;
    }
}

/// Puts the pieces together; `rows_of` tells how many rows each had.
pub(crate) fn combine(totals: &Totals, rows_of: impl Fn(usize) -> usize, moments: &mut Moments) {
    let channels = moments.mean.len();
    for c in 0..channels {
        // SAFETY: the run that wrote the pieces is over, and they are only read here.
        let part = |piece: usize| unsafe { &*totals.of(piece) };
        let piece = |number: usize| {
            let (totals, rows) = (part(number), rows_of(number) as f64);
            let [shift, first, second] = [totals[c], totals[channels + c], totals[2 * channels + c]];
            let offset = first / rows.max(1.0);
            (rows, shift + offset, second - offset * first)
        };
        let pieces = || (0..totals.pieces()).map(piece);
        let rows: f64 = pieces().map(|(rows, _, _)| rows).sum::<f64>().max(1.0);
        let mean = pieces().map(|(rows, mean, _)| rows * mean).sum::<f64>() / rows;
        let squares: f64 = pieces().map(|(rows, own, squares)| squares + rows * (own - mean).powi(2)).sum();
        moments.mean[c] = mean as f32;
        moments.variance[c] = (squares / rows).max(0.0) as f32;
    }
}

//! Kernels, transformed and laid out for the micro-kernels.

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the lanes in registers")]

use super::Winograd;
use super::transform::{self, POINTS};
use crate::Pool;
use crate::disjoint::Disjoint;
use crate::gemm::tile::PANEL;
use crate::isa::on_each_isa;
use crate::lanes::{Lanes, load, settle_writes, write_past};

/// Channels of a panel that are transformed as one piece of work.
const PIECE_CHANNELS: usize = 64;

/// The nine values of a kernel between one channel and each of a panel's filters.
pub(super) type Taps = [[f32; PANEL]; 9];

impl Winograd {
    /// From what `taps` writes for a channel and the filters from one on (as many as fit), over zeros.
    /// Allocates nothing.
    pub(super) fn fill(&mut self, pool: &Pool, taps: impl Fn(usize, usize, &mut Taps) + Sync) {
        let panels = self.tiling.filters.div_ceil(PANEL);
        for (first, channels) in self.blocks() {
            let (range, step) = (self.weights_of(first, channels), self.weights_step(channels));
            let weights = Disjoint::new(&mut self.weights.as_mut_slice()[range]);
            let parts = channels.div_ceil(PIECE_CHANNELS);
            pool.run(panels * parts, |piece| {
                let (filter, begin) = (piece / parts * PANEL, piece % parts * PIECE_CHANNELS);
                let mut values = [[0.0; PANEL]; 9];
                for channel in begin..channels.min(begin + PIECE_CHANNELS) {
                    taps(first + channel, filter, &mut values);
                    let at = filter * channels + channel * PANEL;
                    // SAFETY: each frequency has a row of a panel for the channel, which no other piece has.
                    unsafe {
                        transform_taps(pool.isa(), &values, weights.as_mut_ptr().wrapping_add(at), step)
                    };
                }
                settle_writes();
            });
        }
    }

    /// From Keras's layout `[3, 3, channels, filters]`.
    pub(in crate::conv) fn pack(&mut self, pool: &Pool, kernel: &[f32]) {
        let [channels, filters] = [self.tiling.channels, self.tiling.filters];
        self.fill(pool, |channel, first, taps| {
            let count = PANEL.min(filters - first);
            for (tap, values) in taps.iter_mut().enumerate() {
                values[..count]
                    .copy_from_slice(&kernel[(tap * channels + channel) * filters + first..][..count]);
            }
        });
    }

    /// From the kernel `[3, 3, filters, channels]` of the convolution that this one is the gradient of, turned round.
    pub(in crate::conv) fn pack_turned(&mut self, pool: &Pool, kernel: &[f32]) {
        let [channels, filters] = [self.tiling.channels, self.tiling.filters];
        self.fill(pool, |channel, first, taps| {
            let count = PANEL.min(filters - first);
            for (tap, values) in taps.iter_mut().rev().enumerate() {
                for (nth, value) in values[..count].iter_mut().enumerate() {
                    *value = kernel[(tap * filters + first + nth) * channels + channel];
                }
            }
        });
    }
}

on_each_isa! {
    /// Writes `G g Gᵀ` of each filter: a row of a panel at each frequency, `step` floats apart.
    ///
    /// # Safety
    /// `to` has room for these rows on cache lines, which nobody else uses.
    unsafe fn transform_taps[F](taps: &Taps, to: *mut f32, step: usize) {
        const L: usize = 16;
        for lane in (0..PANEL).step_by(L) {
            let mut half: [[Lanes<L>; 3]; POINTS] = [[[0.0; L]; 3]; POINTS];
            for column in 0..3 {
                let g = [load(&taps[column], lane), load(&taps[3 + column], lane), load(&taps[6 + column], lane)];
                let transformed = transform::kernel::<F, L>(g);
                for line in 0..POINTS {
                    half[line][column] = transformed[line];
                }
            }
            for line in 0..POINTS {
                let transformed = transform::kernel::<F, L>(half[line]);
                for column in 0..POINTS {
                    let to = to.wrapping_add((line * POINTS + column) * step + lane);
                    // SAFETY: the caller's promise.
                    unsafe { write_past(transformed[column], to) };
                }
            }
        }
    }
}

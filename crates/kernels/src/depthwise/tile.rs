//! What the walks over rows share: one position with any number of taps, and what happens to a finished value.

use std::marker::PhantomData;

use crate::isa::Arithmetic;
use crate::lanes::{Blocks, Lanes, add, clamp, multiply_add, read, write};
use crate::taps::Taps;
use crate::{Epilogue, Window, Write};

/// Neighbouring columns that are worked on together where size and stride of the window are known when compiled.
pub(super) const COLUMNS: usize = 4;

/// Floats that stay in the nearest cache while a row of the output is worked on.
const NEAR: usize = 1 << 13;
/// Channels that are walked over together, at least: so much of a row is read on end.
const CHANNELS: usize = 64;

/// How many channels to walk over the map with, so that the rows that overlap and the taps stay in the nearest cache.
///
/// All where the rows are long for the number of taps: there, reading in stripes costs more than it spares.
pub(super) fn channels_at_once(window: &Window) -> usize {
    let taps = window.kernel[0] * window.kernel[1];
    let width = window.input[1].max(window.output[1]);
    if width > 2 * taps {
        return window.input[2].max(1);
    }
    let fit = NEAR / (window.kernel[0] * width + taps).max(1);
    (fit / CHANNELS * CHANNELS).max(CHANNELS)
}

/// What is added to a sum before and after its taps, and where the result goes.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    bias: Option<*const f32>,
    /// As long as the target; may be the target itself.
    residual: Option<*const f32>,
    low: f32,
    high: f32,
    target: *mut f32,
}

impl Finish {
    /// The epilogue of a forward as far as it is done in registers: an activation that is not a clamp comes later.
    pub(super) fn epilogue(epilogue: &Epilogue, y: &mut [f32]) -> Self {
        debug_assert!(epilogue.residual.is_none_or(|residual| residual.len() == y.len()));
        let (low, high) = epilogue.activation.bounds().unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        let residual = epilogue.residual.map(<[f32]>::as_ptr);
        Self { bias: epilogue.bias.map(<[f32]>::as_ptr), residual, low, high, target: y.as_mut_ptr() }
    }

    /// A gradient that replaces or joins what is there.
    pub(super) fn gradient(write: Write, dx: &mut [f32]) -> Self {
        let target = dx.as_mut_ptr();
        let residual = match write {
            Write::Set => None,
            Write::Add => Some(target.cast_const()),
        };
        Self { bias: None, residual, low: f32::NEG_INFINITY, high: f32::INFINITY, target }
    }

    /// What the sum of the taps begins with.
    ///
    /// # Safety
    /// `channel + L` is within the channels.
    #[inline(always)]
    pub(super) unsafe fn start<const L: usize>(&self, channel: usize) -> Lanes<L> {
        match self.bias {
            // SAFETY: there are as many biases as channels.
            Some(bias) => unsafe { read(bias.add(channel)) },
            None => [0.0; L],
        }
    }

    /// Writes the value of index `at` on.
    ///
    /// # Safety
    /// `at + L` is within the target, which nobody else uses meanwhile.
    #[inline(always)]
    pub(super) unsafe fn put<const L: usize>(&self, sum: Lanes<L>, at: usize) {
        let sum = match self.residual {
            // SAFETY: the residual is as long as the target.
            Some(residual) => add(sum, unsafe { read(residual.add(at)) }),
            None => sum,
        };
        // SAFETY: the caller's promise.
        unsafe { write(clamp(sum, self.low, self.high), self.target.add(at)) }
    }
}

/// Which of the columns that a tile of neighbouring positions reads and writes there are.
pub(super) trait Extent: Copy {
    /// Whether source column `column` of the tile is on the map.
    fn reads(&self, column: usize) -> bool;

    /// Whether target column `column` of the tile is on the map.
    fn writes(&self, column: usize) -> bool;
}

/// All of them.
#[derive(Clone, Copy)]
pub(super) struct Inside;

/// From the first up to the second.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    reads: (usize, usize),
    writes: (usize, usize),
}

impl Edge {
    /// A tile that would read `columns` from `source` on, of a map `source_width` wide, and write `COLUMNS` from
    /// `target` on, of one `target_width` wide.
    #[inline(always)]
    pub(super) fn new(
        columns: usize,
        source: isize,
        source_width: usize,
        target: isize,
        target_width: usize,
    ) -> Self {
        let range = |first: isize, width: usize, count: usize| {
            ((-first).max(0) as usize, (width as isize - first).clamp(0, count as isize) as usize)
        };
        Self { reads: range(source, source_width, columns), writes: range(target, target_width, COLUMNS) }
    }

    /// Whether nothing is missing.
    #[inline(always)]
    pub(super) fn is_inside(&self, columns: usize) -> bool {
        self.reads == (0, columns) && self.writes == (0, COLUMNS)
    }
}

impl Extent for Inside {
    #[inline(always)]
    fn reads(&self, _: usize) -> bool {
        true
    }

    #[inline(always)]
    fn writes(&self, _: usize) -> bool {
        true
    }
}

impl Extent for Edge {
    #[inline(always)]
    fn reads(&self, column: usize) -> bool {
        (self.reads.0..self.reads.1).contains(&column)
    }

    #[inline(always)]
    fn writes(&self, column: usize) -> bool {
        (self.writes.0..self.writes.1).contains(&column)
    }
}

/// One position of the target and all its taps, for every channel: `target[at] = Σ source · kernel`.
pub(super) struct Position<F> {
    /// The source of the first tap.
    source: *const f32,
    source_steps: [isize; 2],
    /// The first tap.
    kernel: *const f32,
    kernel_steps: [usize; 2],
    counts: [usize; 2],
    finish: Finish,
    at: usize,
    arithmetic: PhantomData<F>,
}

impl<F> Position<F> {
    /// The source is given by its row of the first tap and its width, the kernel by itself and its width.
    #[inline(always)]
    pub(super) fn new(
        source: (*const f32, usize),
        kernel: (&[f32], usize),
        channels: usize,
        [vertical, horizontal]: [Taps; 2],
        finish: Finish,
        at: usize,
    ) -> Self {
        let first = (vertical.first * kernel.1 + horizontal.first) * channels;
        Self {
            source: source.0.wrapping_add(horizontal.at * channels),
            source_steps: [
                vertical.move_by * (source.1 * channels) as isize,
                horizontal.move_by * channels as isize,
            ],
            kernel: kernel.0.as_ptr().wrapping_add(first),
            kernel_steps: [vertical.step * kernel.1 * channels, horizontal.step * channels],
            counts: [vertical.count, horizontal.count],
            finish,
            at,
            arithmetic: PhantomData,
        }
    }
}

impl<F: Arithmetic> Blocks for Position<F> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        // SAFETY: the taps meet the source map (`Taps`), so source and kernel are read inside their slices, and the
        // walk keeps the position inside the target.
        unsafe {
            let mut sum = self.finish.start::<L>(channel);
            for row in 0..self.counts[0] {
                let source = self.source.offset(row as isize * self.source_steps[0]).add(channel);
                let kernel = self.kernel.add(row * self.kernel_steps[0] + channel);
                for column in 0..self.counts[1] {
                    let value = read(source.offset(column as isize * self.source_steps[1]));
                    sum = multiply_add::<F, L>(value, read(kernel.add(column * self.kernel_steps[1])), sum);
                }
            }
            self.finish.put(sum, self.at + channel);
        }
    }
}

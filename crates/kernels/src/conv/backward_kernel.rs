//! The gradient of a convolution's kernel: `dkernel[tap] = Σ x[position + tap]ᵀ · dy[position]`.
//!
//! With many channels each tap is a sum of its own, over the positions where it meets the input: nothing is copied
//! and no zero of the border is multiplied. With few (a stem's 3), a line of taps is one segment of a bordered copy.
//! Most 3 × 3 ones are summed with fewer multiplications (see `winograd::gradient`).

use std::ops::Range;

use super::walk::{Axis, Offsets, Walk};
use super::winograd::{KernelGradient, gradient};
use super::{Conv, grouped};
use crate::gemm::row_sum::{PASS_RUNS, RowRuns, RowSource, Sum, pass_lines};
use crate::gemm::tile::Run;
use crate::{Pool, gemm};

/// Channels that fill a micro-kernel's rows well enough.
const MANY_CHANNELS: usize = 12;

/// The gradient of the kernel, in Keras's layout. `scratch` has [`kernel_scratch`] floats or more, holding anything.
pub fn backward_kernel(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    scratch: &mut [f32],
    dkernel: &mut [f32],
) {
    conv.check();
    assert_eq!(x.len(), batch * conv.window.input_len(), "x is not [{batch}, {:?}]", conv.window.input);
    assert_eq!(dy.len(), batch * conv.output_len(), "dy does not hold {batch} outputs of {conv:?}");
    assert_eq!(dkernel.len(), conv.kernel_len(), "not a kernel of {conv:?}");
    if gradient::suits(conv, batch) {
        KernelGradient::new(conv, batch).run(pool, x, dy, scratch, dkernel);
    } else if grouped::suits(conv) {
        grouped::backward_kernel(pool, conv, batch, x, dy, scratch, dkernel);
    } else {
        sum_patches(pool, conv, batch, x, dy, scratch, dkernel);
    }
}

/// [`backward_kernel`] as a product over patches, which suits every convolution.
pub(super) fn sum_patches(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    scratch: &mut [f32],
    dkernel: &mut [f32],
) {
    let walk = Walk::forward(conv);
    if walk.is_plain() {
        let rows = batch * conv.window.positions();
        return gemm::multiply_transposed(pool, rows, walk.channels, conv.filters, x, dy, scratch, dkernel);
    }
    let sum = sum(conv, &walk, batch);
    // SAFETY: both sources stay inside the input or its copy.
    unsafe {
        if tap_by_tap(&walk) {
            sum.run(pool, &Taps { walk: &walk, x }, dy, scratch, dkernel);
        } else {
            let patches = Patches { walk: &walk, x, segments: walk.segments(), units: sum.pass_units };
            sum.run(pool, &patches, dy, scratch, dkernel);
        }
    }
}

/// Floats of scratch that [`backward_kernel`] needs for batches up to `batch`.
pub fn kernel_scratch(conv: &Conv, batch: usize) -> usize {
    conv.check();
    if grouped::suits(conv) {
        return grouped::scratch(conv, batch);
    }
    let transformed =
        if gradient::suits(conv, batch) { KernelGradient::new(conv, batch).scratch() } else { 0 };
    transformed.max(patches_scratch(conv, gradient::too_few(conv, batch)))
}

/// Floats of scratch that [`sum_patches`] needs for batches up to `batch`.
pub(super) fn patches_scratch(conv: &Conv, batch: usize) -> usize {
    let walk = Walk::forward(conv);
    if walk.is_plain() {
        return gemm::transposed_scratch(batch * conv.window.positions(), walk.channels, conv.filters);
    }
    sum(conv, &walk, batch).scratch()
}

fn tap_by_tap(walk: &Walk) -> bool {
    walk.copies() && walk.channels / walk.groups >= MANY_CHANNELS
}

fn sum(conv: &Conv, walk: &Walk, batch: usize) -> Sum {
    let [height, width] = conv.window.output;
    let k = conv.window.kernel.iter().product::<usize>() * walk.channels / walk.groups;
    let segment_len = if tap_by_tap(walk) { walk.channels / walk.groups } else { walk.segment_len() };
    Sum {
        units: batch * height,
        unit_rows: width,
        pass_units: pass_lines(width),
        groups: conv.groups,
        segments: k / segment_len.max(1),
        segment_len,
        n: conv.filters / conv.groups,
    }
}

/// Rows of patches, in the input or in a copy of some lines with a border.
struct Patches<'a> {
    walk: &'a Walk,
    x: &'a [f32],
    segments: Offsets,
    units: usize,
}

impl Patches<'_> {
    /// Calls `at(nth, picture, lines)` for the part of each picture in the output lines `units`.
    fn for_each_picture(&self, units: Range<usize>, mut at: impl FnMut(usize, usize, Range<usize>)) {
        let height = self.walk.axes[0].output;
        let mut unit = units.start;
        while unit < units.end {
            let (picture, line) = (unit / height, unit % height);
            let lines = (height - line).min(units.end - unit);
            at(unit - units.start, picture, line..line + lines);
            unit += lines;
        }
    }
}

impl RowSource for Patches<'_> {
    fn scratch(&self, _within: usize) -> usize {
        if !self.walk.copies() {
            return 0;
        }
        // Lines of one picture share inputs; each further picture begins anew.
        let pictures = self.units / self.walk.axes[0].output + 2;
        self.walk.copy_len(self.units) + pictures * self.walk.copy_len(1)
    }

    fn prepare(&self, units: Range<usize>, _within: Range<usize>, scratch: &mut [f32]) {
        if self.walk.copies() {
            let mut filled = 0;
            self.for_each_picture(units, |_, picture, lines| {
                let len = self.walk.copy_len(lines.len());
                self.walk.copy(self.x, picture, lines, &mut scratch[filled..filled + len]);
                filled += len;
            });
        }
    }

    fn runs(
        &self,
        group: usize,
        segment: usize,
        units: Range<usize>,
        _within: Range<usize>,
        scratch: &[f32],
    ) -> RowRuns {
        let walk = self.walk;
        let within = self.segments.as_slice()[segment] + group * (walk.channels / walk.groups);
        let mut runs = [Run::default(); PASS_RUNS];
        let mut filled = 0;
        self.for_each_picture(units.clone(), |nth, picture, lines| {
            let first = if walk.copies() { filled } else { walk.in_place(picture, lines.start) };
            filled += walk.copy_len(lines.len());
            for (i, run) in runs[nth..nth + lines.len()].iter_mut().enumerate() {
                run.a = first + i * walk.line_step() + within;
                run.g_row = (nth + i) * walk.axes[1].output;
            }
        });
        let a = if walk.copies() { scratch.as_ptr() } else { self.x.as_ptr() };
        RowRuns { a, step: walk.position_step(), runs, count: units.len(), len: walk.axes[1].output }
    }
}

/// The input's positions that one tap meets, where they lie.
struct Taps<'a> {
    walk: &'a Walk,
    x: &'a [f32],
}

impl RowSource for Taps<'_> {
    fn scratch(&self, _within: usize) -> usize {
        0
    }

    fn prepare(&self, _units: Range<usize>, _within: Range<usize>, _scratch: &mut [f32]) {}

    fn runs(
        &self,
        group: usize,
        segment: usize,
        units: Range<usize>,
        _within: Range<usize>,
        _scratch: &[f32],
    ) -> RowRuns {
        let walk = self.walk;
        let [height, width] = walk.axes;
        let (row_tap, column_tap) = (segment / width.taps, segment % width.taps);
        let lines = height.outputs_that_meet(row_tap);
        let positions = width.outputs_that_meet(column_tap);
        let mut runs = [Run::default(); PASS_RUNS];
        let mut count = 0;
        if !positions.is_empty() {
            let x = width.input_of(positions.start, column_tap) * walk.channels;
            for unit in units.clone().filter(|unit| lines.contains(&(unit % height.output))) {
                let y = unit / height.output * height.input + height.input_of(unit % height.output, row_tap);
                let a = y * width.input * walk.channels + x + group * (walk.channels / walk.groups);
                runs[count] = Run { a, g_row: (unit - units.start) * width.output + positions.start };
                count += 1;
            }
        }
        RowRuns { a: self.x.as_ptr(), step: walk.position_step(), runs, count, len: positions.len() }
    }
}

impl Axis {
    /// The outputs for which a tap is inside the input.
    fn outputs_that_meet(&self, tap: usize) -> Range<usize> {
        let place = self.first + (tap * self.step) as isize;
        let outputs_before = |input: isize| (input - place).max(0) as usize;
        let start = outputs_before(0).div_ceil(self.stride).min(self.output);
        let end = outputs_before(self.input as isize).div_ceil(self.stride).min(self.output);
        start..end.max(start)
    }

    /// The input that a tap of an output meets.
    fn input_of(&self, output: usize, tap: usize) -> usize {
        (self.first + (output * self.stride + tap * self.step) as isize) as usize
    }
}

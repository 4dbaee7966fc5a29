//! The gradient of a convolution's input.
//!
//! `dx[i] = Σ dy[o] · w[t]` over the taps `t` with `o · stride + t · dilation − pad = i`. Inputs with the same
//! `i mod stride` (a phase) meet the same taps, and for them it is a correlation of `dy` with stride 1.

use super::Conv;
use super::correlation::Correlation;
use super::grouped::{self, Grouped};
use super::walk::{Axis, Walk};
use super::winograd::{self, Tiling, Winograd};
use crate::gemm::Packed;
use crate::gemm::block::Steps;
use crate::{Epilogue, Pool, Write};

/// A kernel laid out for [`backward_input`].
#[derive(Clone)]
pub struct TransposedFilters {
    conv: Conv,
    way: Way,
}

/// How a gradient is computed.
#[derive(Clone)]
enum Way {
    Phases(Vec<Phase>),
    Winograd(Winograd),
    Grouped(Grouped),
}

/// The inputs with one remainder by the stride along each axis.
#[derive(Clone)]
struct Phase {
    correlation: Correlation,
    /// The kernel's taps in the order of the correlation's, along each axis.
    taps: [Taps; 2],
}

/// Every `step`-th tap of the kernel, backwards from `last`.
#[derive(Debug, Clone, Copy)]
struct Taps {
    last: usize,
    step: usize,
}

impl Taps {
    fn kernel_tap(&self, nth: usize) -> usize {
        self.last - nth * self.step
    }
}

impl TransposedFilters {
    /// The convolution that they are for.
    pub(super) fn conv(&self) -> &Conv {
        &self.conv
    }

    /// Room for a kernel of `conv`, zero until [`pack`](Self::pack).
    pub fn new(conv: &Conv) -> Self {
        conv.check();
        if winograd::suits(conv) {
            return Self { conv: *conv, way: Way::Winograd(Winograd::new(Tiling::backward(conv))) };
        }
        if grouped::suits(conv) {
            return Self { conv: *conv, way: Way::Grouped(Grouped::back(conv)) };
        }
        let [rows, columns] = conv.window.stride;
        let phases = (0..rows).flat_map(|y| (0..columns).map(move |x| [y, x]));
        let phases = phases.filter_map(|remainders| Phase::new(conv, remainders)).collect();
        Self { conv: *conv, way: Way::Phases(phases) }
    }

    /// The turned kernel of a pointwise convolution: a matrix `[filters, in]`.
    pub(super) fn pointwise(&self) -> &Packed {
        match &self.way {
            Way::Phases(phases) => &phases[0].correlation.weights[0],
            Way::Winograd(_) | Way::Grouped(_) => unreachable!("{:?} is not pointwise", self.conv),
        }
    }

    /// From Keras's layout `[kh, kw, in / groups, filters]`. Allocates nothing.
    pub fn pack(&mut self, pool: &Pool, kernel: &[f32]) {
        assert_eq!(kernel.len(), self.conv.kernel_len(), "not a kernel of {:?}", self.conv);
        match &mut self.way {
            Way::Phases(phases) => phases.iter_mut().for_each(|phase| phase.pack(pool, &self.conv, kernel)),
            Way::Winograd(winograd) => winograd.pack_turned(pool, kernel),
            Way::Grouped(grouped) => grouped.pack_turned(kernel),
        }
    }
}

impl Phase {
    /// Nothing if no input has these remainders.
    fn new(conv: &Conv, remainders: [usize; 2]) -> Option<Self> {
        let window = &conv.window;
        let [_, width, channels] = window.input;
        let (height_axis, height_taps) = phase_axis(conv, 0, remainders[0])?;
        let (width_axis, width_taps) = phase_axis(conv, 1, remainders[1])?;
        let walk = Walk { axes: [height_axis, width_axis], channels: conv.filters, groups: conv.groups };
        let steps = Steps {
            picture: window.input_len(),
            line: window.stride[0] * width * channels,
            position: window.stride[1] * channels,
        };
        let first = (remainders[0] * width + remainders[1]) * channels;
        let correlation = Correlation::new(walk, channels / conv.groups, first, steps);
        Some(Self { correlation, taps: [height_taps, width_taps] })
    }

    fn pack(&mut self, pool: &Pool, conv: &Conv, kernel: &[f32]) {
        let in_channels = conv.window.input[2] / conv.groups;
        let (all_filters, filters) = (conv.filters, conv.filters / conv.groups);
        let columns = self.correlation.walk.axes[1].taps;
        let taps = self.taps;
        for (group, weights) in self.correlation.weights.iter_mut().enumerate() {
            weights.fill_columns(pool, filters, |channel, tap| {
                let [ky, kx] = [taps[0].kernel_tap(tap / columns), taps[1].kernel_tap(tap % columns)];
                let tap = ky * conv.window.kernel[1] + kx;
                &kernel[(tap * in_channels + channel) * all_filters + group * filters..][..filters]
            });
        }
    }
}

/// How the inputs with a remainder find their outputs along one axis, and with which taps.
fn phase_axis(conv: &Conv, axis: usize, remainder: usize) -> Option<(Axis, Taps)> {
    let window = &conv.window;
    let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
    let inputs = window.input[axis].checked_sub(remainder)?.div_ceil(stride);
    if inputs == 0 {
        return None;
    }
    // Input `q * stride + remainder` meets tap `t` at output `q + (remainder + pad - t * dilation) / stride`.
    let place = |tap: usize| (remainder + window.pad[axis]) as isize - (tap * dilation) as isize;
    let first_tap = (0..window.kernel[axis]).find(|tap| place(*tap) % stride as isize == 0);
    let step = (1..stride).find(|step| step * dilation % stride == 0).unwrap_or(stride);
    let count = first_tap.map_or(0, |first| (window.kernel[axis] - 1 - first) / step + 1);
    let last = first_tap.map_or(0, |first| first + (count - 1) * step);
    let axis = Axis {
        input: window.output[axis],
        output: inputs,
        stride: 1,
        first: if count == 0 { 0 } else { place(last) / stride as isize },
        step: step * dilation / stride,
        taps: count,
    };
    Some((axis, Taps { last, step }))
}

/// The gradient of the input.
pub fn backward_input(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    dy: &[f32],
    filters: &TransposedFilters,
    write: Write,
    dx: &mut [f32],
) {
    assert_eq!(filters.conv, *conv, "filters of another convolution");
    assert_eq!(dy.len(), batch * conv.output_len(), "dy does not hold {batch} outputs of {conv:?}");
    assert_eq!(dx.len(), batch * conv.window.input_len(), "dx is not [{batch}, {:?}]", conv.window.input);
    let epilogue = Epilogue::default();
    match &filters.way {
        Way::Phases(phases) => {
            phases.iter().for_each(|phase| phase.correlation.run(pool, batch, dy, &epilogue, write, dx));
        }
        Way::Winograd(winograd) => winograd.run(pool, batch, dy, &epilogue, write, dx),
        Way::Grouped(grouped) => grouped.backward_input(pool, batch, dy, write, dx),
    }
}

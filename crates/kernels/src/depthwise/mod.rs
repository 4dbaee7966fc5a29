//! Depthwise convolution, NHWC: kernel `[kh, kw, C, multiplier]`, output channel `c * multiplier + m`,
//! and its two backwards.
//!
//! With a multiplier above one, rows of the input are first repeated `multiplier` times in scratch; from there on
//! every channel has one filter.

mod backward_input;
mod backward_kernel;
mod forward;
mod kept;
mod multiplier;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
mod tile;

pub(crate) use backward_input::rows as backward_input_rows;
pub(crate) use backward_kernel::rows as backward_kernel_rows;
pub(crate) use forward::rows as forward_rows;
pub use kept::{backward_kept, forward_kept, kept_scratch};

use std::ops::Range;

use crate::disjoint::Disjoint;
use crate::{Epilogue, Pool, Window, Write, activation, elementwise};

/// Multiplications in one piece of work, about.
const PIECE: usize = 1 << 19;
/// Parts that the kernel's gradient is summed in, at most.
const PARTIAL_SUMS: usize = 32;

/// The geometry of a depthwise convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depthwise {
    /// How the kernel walks over the input.
    pub window: Window,
    /// Output channels for each input channel.
    pub multiplier: usize,
}

impl Depthwise {
    /// The window over an input whose channels are repeated.
    fn repeated(&self) -> Window {
        let [height, width, channels] = self.window.input;
        Window { input: [height, width, channels * self.multiplier], ..self.window }
    }

    fn output_len(&self) -> usize {
        self.window.positions() * self.window.input[2] * self.multiplier
    }

    fn kernel_len(&self) -> usize {
        self.window.kernel.iter().product::<usize>() * self.window.input[2] * self.multiplier
    }

    /// Floats of scratch for `rows` repeated rows of the input; none where nothing is repeated.
    fn repeated_len(&self, rows: usize) -> usize {
        let [_, width, channels] = self.repeated().input;
        if self.multiplier == 1 { 0 } else { rows * width * channels }
    }

    /// The input rows that output rows read.
    pub(crate) fn input_rows(&self, output: &Range<usize>) -> Range<usize> {
        let Window { input, kernel, stride, dilation, pad, .. } = self.window;
        let end = (output.end - 1) * stride[0] + (kernel[0] - 1) * dilation[0] + 1;
        let end = end.saturating_sub(pad[0]).min(input[0]);
        (output.start * stride[0]).saturating_sub(pad[0]).min(end)..end
    }

    fn check(&self, batch: usize, x: usize, kernel: usize, y: usize) {
        assert!(self.multiplier > 0, "depthwise: the multiplier is zero");
        assert_eq!(x, batch * self.window.input_len(), "depthwise: length of the input of {self:?}");
        assert_eq!(kernel, self.kernel_len(), "depthwise: length of the kernel of {self:?}");
        assert_eq!(y, batch * self.output_len(), "depthwise: length of the output of {self:?}");
    }
}

/// How many rows of `row` values, each `taps` multiplications, make a piece.
fn rows_in_piece(rows: usize, row: usize, taps: usize) -> usize {
    (PIECE / (row * taps).max(1)).clamp(1, rows.max(1))
}

/// `y = epilogue(depthwise(x))`; `x: [batch, H, W, C]`, `y: [batch, OH, OW, C * multiplier]`.
pub fn forward(
    pool: &Pool,
    depthwise: &Depthwise,
    batch: usize,
    x: &[f32],
    kernel: &[f32],
    epilogue: &Epilogue,
    y: &mut [f32],
) {
    depthwise.check(batch, x.len(), kernel.len(), y.len());
    let window = depthwise.repeated();
    let channels = window.input[2];
    epilogue.check(channels, y.len(), Write::Set);
    let row = window.output[1] * channels;
    let rows = rows_in_piece(window.output[0], row, window.kernel.iter().product());
    let bands = window.output[0].div_ceil(rows);
    let most = (rows - 1) * window.stride[0] + (window.kernel[0] - 1) * window.dilation[0] + 1;
    let scratch = depthwise.repeated_len(most.min(window.input[0]));
    let parts = Disjoint::new(y);
    pool.run_with_scratch(batch * bands, scratch, |piece, scratch| {
        let (picture, band) = (piece / bands, piece % bands);
        let output = band * rows..((band + 1) * rows).min(window.output[0]);
        let above = picture * window.output[0];
        let range = (above + output.start) * row..(above + output.end) * row;
        let x = &x[picture * depthwise.window.input_len()..][..depthwise.window.input_len()];
        let (x, first_row) = multiplier::repeat_rows(depthwise, x, depthwise.input_rows(&output), scratch);
        let epilogue = Epilogue { residual: epilogue.residual.map(|r| &r[range.clone()]), ..*epilogue };
        // SAFETY: different pieces write different rows of different pictures.
        let y = unsafe { parts.part(range) };
        forward::rows(pool.isa(), &window, x, first_row, kernel, &epilogue, output, y);
        if epilogue.activation.bounds().is_none() {
            activation::in_place(pool.isa(), epilogue.activation, y);
        }
    });
}

/// The gradient of the input.
pub fn backward_input(
    pool: &Pool,
    depthwise: &Depthwise,
    batch: usize,
    dy: &[f32],
    kernel: &[f32],
    write: Write,
    dx: &mut [f32],
) {
    depthwise.check(batch, dx.len(), kernel.len(), dy.len());
    let window = depthwise.repeated();
    let height = window.input[0];
    let row = depthwise.window.input[1] * depthwise.window.input[2];
    let rows = rows_in_piece(height, row * depthwise.multiplier, window.kernel.iter().product());
    let bands = height.div_ceil(rows);
    let parts = Disjoint::new(dx);
    pool.run_with_scratch(batch * bands, depthwise.repeated_len(rows), |piece, scratch| {
        let (picture, band) = (piece / bands, piece % bands);
        let above = picture * height;
        let input = band * rows..((band + 1) * rows).min(height);
        let dy = &dy[picture * depthwise.output_len()..][..depthwise.output_len()];
        // SAFETY: different pieces write different rows of different pictures.
        let dx = unsafe { parts.part((above + input.start) * row..(above + input.end) * row) };
        if depthwise.multiplier == 1 {
            backward_input::rows(pool.isa(), &window, dy, 0, kernel, write, input, dx);
        } else {
            let repeated = &mut scratch[..dx.len() * depthwise.multiplier];
            backward_input::rows(pool.isa(), &window, dy, 0, kernel, Write::Set, input, repeated);
            multiplier::sum_repeated(depthwise.multiplier, repeated, write, dx);
        }
    });
}

/// The gradient of the kernel.
pub fn backward_kernel(
    pool: &Pool,
    depthwise: &Depthwise,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    scratch: &mut [f32],
    dkernel: &mut [f32],
) {
    depthwise.check(batch, x.len(), dkernel.len(), dy.len());
    let needed = kernel_scratch(depthwise, batch);
    assert!(scratch.len() >= needed, "depthwise: {} floats of scratch, {needed} needed", scratch.len());
    let window = depthwise.repeated();
    let height = window.output[0];
    let row = window.output[1] * window.input[2];
    let (rows, sums) = (batch * height, partial_sums(depthwise, batch));
    let parts = Disjoint::new(&mut scratch[..needed]);
    pool.run_with_scratch(sums, depthwise.repeated_len(window.input[0]), |piece, repeated| {
        // SAFETY: every piece has its own sums.
        let sum = unsafe { parts.part(piece * dkernel.len()..(piece + 1) * dkernel.len()) };
        sum.fill(0.0);
        let (mut next, end) = (piece * rows / sums, (piece + 1) * rows / sums);
        while next < end {
            let picture = next / height;
            let output = next % height..(end - picture * height).min(height);
            let dy = &dy[next * row..][..output.len() * row];
            next += output.len();
            let x = &x[picture * depthwise.window.input_len()..][..depthwise.window.input_len()];
            let (x, first_row) =
                multiplier::repeat_rows(depthwise, x, depthwise.input_rows(&output), repeated);
            backward_kernel::rows(pool.isa(), &window, x, first_row, dy, output, sum);
        }
    });
    elementwise::add_up(pool, &scratch[..needed], dkernel);
}

/// Floats of scratch that [`backward_kernel`] needs for batches up to `batch`.
pub fn kernel_scratch(depthwise: &Depthwise, batch: usize) -> usize {
    partial_sums(depthwise, batch) * depthwise.kernel_len()
}

/// Parts that the kernel's gradient is summed in.
fn partial_sums(depthwise: &Depthwise, batch: usize) -> usize {
    let rows = batch * depthwise.window.output[0];
    let taps: usize = depthwise.window.kernel.iter().product();
    (batch * depthwise.output_len() * taps / PIECE).clamp(1, PARTIAL_SUMS).min(rows.max(1))
}

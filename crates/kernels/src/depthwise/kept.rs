//! A depthwise convolution in training, between tensors that are kept before their norm and activation (see
//! [`crate::kept`]): a piece walks down one picture with windows of rows that stay in the cache, and backward takes
//! both gradients from them at once.

use std::ops::Range;

use super::{Depthwise, backward_input, backward_kernel, forward};
use crate::columns::Totals;
use crate::disjoint::Disjoint;
use crate::held::Held;
use crate::kept::moments::{MOMENTS, PieceMoments, combine};
use crate::kept::{
    Affine, Between, Downstream, Kept, Moments, Upstream, go_through, materialize, settle, settled, through,
    whole,
};
use crate::{Epilogue, Pool, Window, Write, activation, columns, elementwise, norm};

/// Floats of the rows that a piece holds in the cache.
const STRIP: usize = 1 << 16;
/// Bands of a picture have at least so many rows, because each begins with rows that the one above also needs.
const LEAST_ROWS: usize = 8;

/// How pictures are cut: each in bands of output rows, each band in strips.
#[derive(Debug, Clone, Copy)]
struct Cut {
    bands: usize,
    band: usize,
    strip: usize,
    height: usize,
    pieces: usize,
}

impl Cut {
    /// Nothing where channels are repeated.
    fn new(depthwise: &Depthwise, batch: usize) -> Option<Self> {
        let Window {
            input: [_, width, channels], output: [height, out_width], kernel, stride, dilation, ..
        } = depthwise.window;
        if depthwise.multiplier != 1 || height == 0 {
            return None;
        }
        let (row, out_row) = (width * channels, out_width * channels);
        let overlap = (kernel[0] - 1) * dilation[0] * (row + out_row);
        let strip = (STRIP.saturating_sub(overlap) / (stride[0] * row + out_row).max(1)).clamp(1, height);
        let bands = columns::PARTIAL_SUMS.div_ceil(batch.max(1)).min(height.div_ceil(LEAST_ROWS));
        let band = height.div_ceil(bands);
        let bands = height.div_ceil(band);
        Some(Self { bands, band, strip, height, pieces: batch * bands })
    }

    /// Pieces of any batch up to `batch`: fewer pictures may be cut in more.
    fn most_pieces(depthwise: &Depthwise, batch: usize) -> Option<usize> {
        // From as many pictures as pieces are wanted on, each is one.
        let cuts =
            (0..=batch.min(columns::PARTIAL_SUMS)).chain([batch]).map(|batch| Self::new(depthwise, batch));
        cuts.flatten().map(|cut| cut.pieces).max()
    }

    /// The picture and the output rows of a piece.
    fn piece(&self, piece: usize) -> (usize, Range<usize>) {
        let first = piece % self.bands * self.band;
        (piece / self.bands, first..(first + self.band).min(self.height))
    }

    /// The strips of some output rows.
    fn strips(&self, rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let (strip, end) = (self.strip, rows.end);
        rows.step_by(strip).map(move |first| first..end.min(first + strip))
    }

    /// Input rows that a strip reaches over, at most.
    fn input_rows(&self, window: &Window) -> usize {
        ((self.strip - 1) * window.stride[0] + (window.kernel[0] - 1) * window.dilation[0] + 1)
            .min(window.input[0])
    }

    /// Output rows whose gradients a strip reads, at most: its own, and those above that its input rows also met.
    fn output_rows(&self, window: &Window) -> usize {
        let above = ((window.kernel[0] - 1) * window.dilation[0]).div_ceil(window.stride[0]);
        (self.strip + 2 * above + 1).min(self.height)
    }
}

/// Floats of scratch that [`forward_kept`] and [`backward_kept`] need for batches up to `batch`.
pub fn kept_scratch(depthwise: &Depthwise, batch: usize) -> usize {
    let channels = depthwise.window.input[2];
    match Cut::most_pieces(depthwise, batch) {
        Some(pieces) => {
            let sums = Totals::scratch(pieces, 2 * channels);
            Totals::scratch(pieces, MOMENTS * channels).max(sums + pieces * depthwise.kernel_len())
        }
        None => {
            let input = batch * depthwise.window.input_len();
            let rows = (input / channels.max(1)).max(batch * depthwise.window.positions());
            let reductions = norm::scratch(rows, channels * depthwise.multiplier);
            input + reductions.max(super::kernel_scratch(depthwise, batch))
        }
    }
}

/// `y = epilogue(depthwise(x))` and, where asked for, the mean and variance of each channel of `y`.
pub fn forward_kept(
    pool: &Pool,
    depthwise: &Depthwise,
    batch: usize,
    x: &Kept,
    kernel: &[f32],
    epilogue: &Epilogue,
    scratch: &mut [f32],
    y: &mut [f32],
    moments: Option<Moments>,
) {
    depthwise.check(batch, x.values.len(), kernel.len(), y.len());
    epilogue.check(depthwise.window.input[2] * depthwise.multiplier, y.len(), Write::Set);
    let Some(cut) = Cut::new(depthwise, batch) else {
        let (values, rest) = scratch.split_at_mut(x.affine.map_or(0, |_| x.values.len()));
        super::forward(pool, depthwise, batch, whole(pool, x, values), kernel, epilogue, y);
        if let Some(Moments { mean, variance }) = moments {
            norm::statistics(pool, mean.len(), y, rest, mean, variance);
        }
        return;
    };
    let window = &depthwise.window;
    let channels = window.input[2];
    let (row, out_row) = (window.input[1] * channels, window.output[1] * channels);
    let totals = Totals::new(scratch, cut.pieces, MOMENTS * channels);
    let parts = Disjoint::new(y);
    let held = cut.input_rows(window) * row;
    pool.run_with_scratch(cut.pieces, held + MOMENTS * channels, |piece, scratch| {
        let (buffer, floats) = scratch.split_at_mut(held);
        let (picture, rows) = cut.piece(piece);
        let mut input = Input::new(x, window, picture, buffer);
        // SAFETY: every piece has its own sums.
        let mut own =
            moments.is_some().then(|| PieceMoments::new(channels, unsafe { totals.of(piece) }, floats));
        for rows in cut.strips(rows) {
            let (x, first_row) = input.rows(pool, depthwise.input_rows(&rows));
            let above = picture * cut.height;
            let range = (above + rows.start) * out_row..(above + rows.end) * out_row;
            let epilogue = Epilogue { residual: epilogue.residual.map(|r| &r[range.clone()]), ..*epilogue };
            // SAFETY: different strips are different rows of different pictures.
            let y = unsafe { parts.part(range) };
            forward::rows(pool.isa(), window, x, first_row, kernel, &epilogue, rows, y);
            if epilogue.activation.bounds().is_none() {
                activation::in_place(pool.isa(), epilogue.activation, y);
            }
            if let Some(own) = &mut own {
                own.add(pool.isa(), y);
            }
        }
    });
    if let Some(mut moments) = moments {
        combine(&totals, |piece| cut.piece(piece).1.len() * window.output[1], &mut moments);
    }
}

/// The rows of one picture of a kept tensor, as its readers see them.
struct Input<'a> {
    picture: &'a [f32],
    affine: Option<Affine<'a>>,
    row: usize,
    held: Held<'a>,
}

impl<'a> Input<'a> {
    fn new(x: &Kept<'a>, window: &Window, picture: usize, buffer: &'a mut [f32]) -> Self {
        let (len, row) = (window.input_len(), window.input[1] * window.input[2]);
        let picture = &x.values[picture * len..(picture + 1) * len];
        Self { picture, affine: x.affine, row, held: Held::new(row, buffer) }
    }

    /// Values from some row on that hold `needed`, and that row's number.
    fn rows(&mut self, pool: &Pool, needed: Range<usize>) -> (&[f32], usize) {
        let Self { picture, affine, row, held } = self;
        let Some(affine) = affine else { return (picture, 0) };
        held.move_to(needed, |rows, values| {
            materialize(pool.isa(), &picture[rows.start * *row..rows.end * *row], affine, values);
        });
        (held.values(), held.rows.start)
    }
}

/// The gradients of a depthwise convolution's input and kernel.
pub fn backward_kept(
    pool: &Pool,
    depthwise: &Depthwise,
    batch: usize,
    x: &Kept,
    upstream: Upstream,
    kernel: &[f32],
    scratch: &mut [f32],
    dkernel: Option<&mut [f32]>,
    downstream: Downstream,
) {
    depthwise.check(batch, x.values.len(), kernel.len(), upstream.gradient.len());
    downstream.check(x);
    if let Some(cut) = Cut::new(depthwise, batch) {
        return Strips { pool, depthwise, cut, x, kernel }.backward(upstream, scratch, dkernel, downstream);
    }
    let dy = settle(pool, upstream, depthwise.window.input[2] * depthwise.multiplier);
    let (values, rest) = scratch.split_at_mut(x.affine.map_or(0, |_| x.values.len()));
    if let Some(dkernel) = dkernel {
        super::backward_kernel(pool, depthwise, batch, whole(pool, x, values), dy, rest, dkernel);
    }
    match (downstream, &x.affine) {
        (Downstream::Plain(dx, write), _) => {
            super::backward_input(pool, depthwise, batch, dy, kernel, write, dx)
        }
        (Downstream::Through { dz, mean, sums }, Some(affine)) => {
            super::backward_input(pool, depthwise, batch, dy, kernel, Write::Set, dz);
            go_through(pool, x.values, affine, mean, rest, dz, sums);
        }
        (Downstream::Nowhere, _) | (Downstream::Through { .. }, None) => {}
    }
}

/// The backward, strip by strip.
struct Strips<'a> {
    pool: &'a Pool,
    depthwise: &'a Depthwise,
    cut: Cut,
    x: &'a Kept<'a>,
    kernel: &'a [f32],
}

/// Where the pieces put the gradient of the input.
enum Target<'a> {
    Nowhere,
    Plain(Disjoint<'a>, Write),
    Through(Disjoint<'a>, Affine<'a>, &'a [f32]),
}

impl Strips<'_> {
    fn backward(
        &self,
        upstream: Upstream,
        scratch: &mut [f32],
        dkernel: Option<&mut [f32]>,
        downstream: Downstream,
    ) {
        let Self { pool, depthwise, cut, .. } = *self;
        let (channels, taps) = (depthwise.window.input[2], depthwise.kernel_len());
        let partial = if dkernel.is_some() { cut.pieces * taps } else { 0 };
        let (partial, rest) = scratch.split_at_mut(partial);
        let (target, sums) = match (downstream, self.x.affine) {
            (Downstream::Plain(dx, write), _) => (Target::Plain(Disjoint::new(dx), write), None),
            (Downstream::Through { dz, mean, sums }, Some(affine)) => {
                (Target::Through(Disjoint::new(dz), affine, mean), Some(sums))
            }
            (Downstream::Nowhere, _) | (Downstream::Through { .. }, None) => (Target::Nowhere, None),
        };
        let totals = Totals::new(rest, cut.pieces, if sums.is_some() { 2 * channels } else { 0 });
        let kernels = Disjoint::new(&mut *partial);
        let gradient: &[f32] = upstream.gradient;
        pool.run_with_scratch(cut.pieces, self.scratch().iter().sum(), |piece, scratch| {
            // SAFETY: every piece has its own sums.
            let totals = unsafe { totals.of(piece) };
            totals.fill(0.0);
            let own = if dkernel.is_some() { piece * taps..(piece + 1) * taps } else { 0..0 };
            // SAFETY: as above.
            let sums = unsafe { kernels.part(own) };
            sums.fill(0.0);
            self.piece(piece, (gradient, &upstream.between), &target, sums, totals, scratch);
        });
        if let Some(dkernel) = dkernel {
            elementwise::add_up(pool, partial, dkernel);
        }
        if let Some(sums) = sums {
            sums.copy_from_slice(totals.add_up());
        }
    }

    /// Floats of thread scratch for the input's rows, for those of the gradient, and for sums.
    fn scratch(&self) -> [usize; 3] {
        let window = &self.depthwise.window;
        let [_, width, channels] = window.input;
        [
            self.cut.input_rows(window) * width * channels,
            self.cut.output_rows(window) * window.output[1] * channels,
            2 * channels,
        ]
    }

    fn piece(
        &self,
        piece: usize,
        (gradient, between): (&[f32], &Between),
        target: &Target,
        sums: &mut [f32],
        totals: &mut [f64],
        scratch: &mut [f32],
    ) {
        let Self { pool, depthwise, cut, x, .. } = *self;
        let window = &depthwise.window;
        let out_row = window.output[1] * window.input[2];
        let [input, output, _] = self.scratch();
        let (input, rest) = scratch.split_at_mut(input);
        let (output, floats) = rest.split_at_mut(output);
        let (picture, rows) = cut.piece(piece);
        let mut input = Input::new(x, window, picture, input);
        let mut output = Held::new(out_row, output);
        let mut done = self.inputs_before(rows.start);
        for rows in cut.strips(rows) {
            let given = done..self.inputs_before(rows.end);
            done = given.end;
            let needed = self.outputs_of(&given, &rows);
            output.move_to(needed, |rows, values| {
                let above = picture * cut.height;
                let range = (above + rows.start) * out_row..(above + rows.end) * out_row;
                let from = &gradient[range.clone()];
                if matches!(between, Between::Nothing) {
                    values.copy_from_slice(from);
                } else {
                    settled(pool.isa(), from, between, range, values);
                }
            });
            let (dy, first) = (output.values(), output.rows.start);
            if !sums.is_empty() {
                let (x, first_row) = input.rows(pool, depthwise.input_rows(&rows));
                let dy = &dy[(rows.start - first) * out_row..(rows.end - first) * out_row];
                backward_kernel::rows(pool.isa(), window, x, first_row, dy, rows, sums);
            }
            self.input_gradient(picture, given, (dy, first), target, floats, totals);
        }
    }

    /// The first input row that reads an output row from `output` on:
    /// those before are done when the outputs before are.
    fn inputs_before(&self, output: usize) -> usize {
        let Window { input, output: [height, _], stride, pad, .. } = self.depthwise.window;
        match output {
            0 => 0,
            _ if output == height => input[0],
            _ => (output * stride[0]).saturating_sub(pad[0]).min(input[0]),
        }
    }

    /// The output rows that some input rows were read for, and `rows` itself. Where no input row is done yet, those for
    /// the next one stay.
    fn outputs_of(&self, inputs: &Range<usize>, rows: &Range<usize>) -> Range<usize> {
        let Window { input, kernel, stride, dilation, pad, .. } = self.depthwise.window;
        if inputs.start == input[0] {
            return rows.clone();
        }
        let reach = (kernel[0] - 1) * dilation[0];
        let first = (inputs.start + pad[0]).saturating_sub(reach).div_ceil(stride[0]);
        first.min(rows.start)..rows.end
    }

    fn input_gradient(
        &self,
        picture: usize,
        rows: Range<usize>,
        (dy, first_row): (&[f32], usize),
        target: &Target,
        floats: &mut [f32],
        totals: &mut [f64],
    ) {
        let Self { pool, depthwise: Depthwise { window, .. }, x, kernel, .. } = *self;
        let row = window.input[1] * window.input[2];
        let above = picture * window.input[0];
        let range = (above + rows.start) * row..(above + rows.end) * row;
        match target {
            Target::Nowhere => {}
            Target::Plain(dx, write) => {
                // SAFETY: different strips are different rows of different pictures.
                let dx = unsafe { dx.part(range) };
                backward_input::rows(pool.isa(), window, dy, first_row, kernel, *write, rows, dx);
            }
            Target::Through(dz, affine, mean) => {
                // SAFETY: as above.
                let dz = unsafe { dz.part(range.clone()) };
                backward_input::rows(pool.isa(), window, dy, first_row, kernel, Write::Set, rows, dz);
                through(pool.isa(), &x.values[range], affine, mean, dz, floats, totals);
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! A convolution in training, between tensors that are kept before their norm and activation (see [`crate::kept`]).
//!
//! Pointwise convolutions with a small kernel work strip by strip: rows of the input are normalized and activated
//! in the cache, multiplied, and their sums gathered; backward, the strip's gradient serves both products before it is
//! left. The others go over the whole tensor once for each of these.

use std::ops::Range;

use super::{Conv, Filters, TransposedFilters, backward_input, backward_kernel, kernel_scratch};
use crate::columns::{Terms, Totals};
use crate::disjoint::Disjoint;
use crate::gemm::{self, Packed};
use crate::kept::moments::{MOMENTS, PieceMoments, combine};
use crate::kept::{
    Affine, Between, Downstream, Kept, Moments, Upstream, go_through, materialize, settle, settled, through,
    whole,
};
use crate::{Epilogue, Pool, Write, columns, elementwise, norm};

/// Values of a kernel that, with its gradient, stays in the cache beside a strip.
const SMALL_KERNEL: usize = 1 << 16;
/// Floats of all pieces' kernel gradients together.
const MOST_PARTIAL: usize = 1 << 21;
/// Floats that a strip takes in the cache.
const STRIP: usize = 1 << 16;
/// Rows of a strip: whole tiles of the product.
const ROW_UNIT: usize = 28;
const MOST_ROWS: usize = 448;
/// Multiply-adds that are worth handing to another thread.
const LEAST_WORK: usize = 1 << 20;

/// How the rows of a pointwise convolution are cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    rows: usize,
    pieces: usize,
    strip: usize,
    k: usize,
    n: usize,
}

impl Cut {
    /// Nothing where the convolution is better done as a whole.
    fn new(conv: &Conv, batch: usize) -> Option<Self> {
        let (rows, k, n) = (batch * conv.window.positions(), conv.window.input[2], conv.filters);
        if conv.groups != 1 || !conv.window.is_pointwise() || k * n > SMALL_KERNEL || rows == 0 {
            return None;
        }
        let strip = (STRIP / (k + 2 * n)).clamp(2 * ROW_UNIT, MOST_ROWS) / ROW_UNIT * ROW_UNIT;
        let pieces = columns::PARTIAL_SUMS
            .min(MOST_PARTIAL / (k * n))
            .min(rows * k * n / LEAST_WORK)
            .min(rows / strip);
        Some(Self { rows, pieces: pieces.max(1), strip, k, n })
    }

    fn piece(&self, piece: usize) -> Range<usize> {
        piece * self.rows / self.pieces..(piece + 1) * self.rows / self.pieces
    }

    /// The strips of a piece.
    fn strips(&self, piece: usize) -> impl Iterator<Item = Range<usize>> {
        let Range { start, end } = self.piece(piece);
        (start..end).step_by(self.strip).map(move |first| first..end.min(first + self.strip))
    }
}

/// Floats of scratch that [`forward_kept`] and [`backward_kept`] need for batches up to `batch`.
pub fn kept_scratch(conv: &Conv, batch: usize) -> usize {
    let rows = batch * conv.window.positions();
    match Cut::new(conv, batch) {
        Some(Cut { pieces, k, n, .. }) => {
            let forward = Totals::scratch(pieces, MOMENTS * n);
            let sums = Totals::scratch(pieces, 2 * k) + Totals::scratch(pieces, 2 * n);
            forward.max(sums + pieces * k * n)
        }
        None => {
            let channels = conv.filters.max(conv.window.input[2]);
            let input = batch * conv.window.input_len();
            let reductions = norm::scratch(rows.max(input / conv.window.input[2].max(1)), channels);
            input + reductions.max(kernel_scratch(conv, batch))
        }
    }
}

/// `y = epilogue(conv(x))` and, where asked for, the mean and variance of each channel of `y`.
pub fn forward_kept(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    x: &Kept,
    filters: &Filters,
    epilogue: &Epilogue,
    scratch: &mut [f32],
    y: &mut [f32],
    moments: Option<Moments>,
) {
    assert_eq!(filters.conv, *conv, "filters of another convolution");
    let cut = match Cut::new(conv, batch) {
        Some(cut) if x.affine.is_some() || moments.is_some() => cut,
        _ => {
            let (values, rest) = scratch.split_at_mut(x.affine.map_or(0, |_| x.values.len()));
            super::forward(pool, conv, batch, whole(pool, x, values), filters, epilogue, y);
            if let Some(Moments { mean, variance }) = moments {
                norm::statistics(pool, conv.filters, y, rest, mean, variance);
            }
            return;
        }
    };
    let Cut { rows, pieces, strip, k, n } = cut;
    assert_eq!((x.values.len(), y.len()), (rows * k, rows * n), "not {batch} pictures of {conv:?}");
    epilogue.check(n, y.len(), Write::Set);
    let totals = Totals::new(scratch, pieces, MOMENTS * n);
    let parts = Disjoint::new(y);
    pool.run_with_scratch(pieces, strip * k + MOMENTS * n, |piece, scratch| {
        let (input, floats) = scratch.split_at_mut(strip * k);
        // SAFETY: every piece has its own sums.
        let mut own = moments.is_some().then(|| PieceMoments::new(n, unsafe { totals.of(piece) }, floats));
        for rows in cut.strips(piece) {
            let a = rows_of(pool, x, k, rows.clone(), input);
            let range = rows.start * n..rows.end * n;
            let epilogue = Epilogue { residual: epilogue.residual.map(|r| &r[range.clone()]), ..*epilogue };
            // SAFETY: different strips have different rows.
            let y = unsafe { parts.part(range) };
            gemm::multiply_rows(pool, rows.len(), a, filters.pointwise(), &epilogue, Write::Set, y);
            if let Some(own) = &mut own {
                own.add(pool.isa(), y);
            }
        }
    });
    if let Some(mut moments) = moments {
        combine(&totals, |piece| cut.piece(piece).len(), &mut moments);
    }
}

/// Some rows of a kept tensor as its readers see them.
fn rows_of<'a>(pool: &Pool, x: &Kept<'a>, k: usize, rows: Range<usize>, scratch: &'a mut [f32]) -> &'a [f32] {
    let values = &x.values[rows.start * k..rows.end * k];
    match &x.affine {
        None => values,
        Some(affine) => {
            let scratch = &mut scratch[..values.len()];
            materialize(pool.isa(), values, affine, scratch);
            scratch
        }
    }
}

/// Where a backward puts the gradients of the parameters that learn.
pub struct Parameters<'a> {
    /// Of the kernel, in Keras's layout.
    pub kernel: Option<&'a mut [f32]>,
    /// Of the bias, `Σ dy`.
    pub bias: Option<&'a mut [f32]>,
}

/// The gradients of a convolution's input and parameters; `transposed` where the input's is wanted, else left out.
pub fn backward_kept(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    x: &Kept,
    upstream: Upstream,
    transposed: Option<&TransposedFilters>,
    scratch: &mut [f32],
    parameters: Parameters,
    downstream: Downstream,
) {
    let output = batch * conv.output_len();
    assert_eq!(upstream.gradient.len(), output, "dy does not hold {batch} outputs of {conv:?}");
    assert_eq!(
        x.values.len(),
        batch * conv.window.input_len(),
        "x is not [{batch}, {:?}]",
        conv.window.input
    );
    downstream.check(x);
    match transposed {
        Some(transposed) => assert_eq!(transposed.conv(), conv, "filters of another convolution"),
        None => assert!(
            matches!(downstream, Downstream::Nowhere),
            "the input's gradient needs the transposed filters"
        ),
    }
    if let Some(cut) = Cut::new(conv, batch) {
        let target = transposed.map(TransposedFilters::pointwise);
        return Strips { pool, cut, x, transposed: target }
            .backward(upstream, scratch, parameters, downstream);
    }
    let dy = settle(pool, upstream, conv.filters);
    let (values, rest) = scratch.split_at_mut(x.affine.map_or(0, |_| x.values.len()));
    if let Some(dkernel) = parameters.kernel {
        backward_kernel(pool, conv, batch, whole(pool, x, values), dy, rest, dkernel);
    }
    if let Some(dbias) = parameters.bias {
        columns::sum(pool, conv.filters, dy, rest, dbias);
    }
    let Some(transposed) = transposed else { return };
    match (downstream, &x.affine) {
        (Downstream::Plain(dx, write), _) => backward_input(pool, conv, batch, dy, transposed, write, dx),
        (Downstream::Through { dz, mean, sums }, Some(affine)) => {
            backward_input(pool, conv, batch, dy, transposed, Write::Set, dz);
            go_through(pool, x.values, affine, mean, rest, dz, sums);
        }
        (Downstream::Nowhere, _) | (Downstream::Through { .. }, None) => {}
    }
}

/// The backward of a pointwise convolution, strip by strip.
struct Strips<'a> {
    pool: &'a Pool,
    cut: Cut,
    x: &'a Kept<'a>,
    transposed: Option<&'a Packed>,
}

/// Where the pieces put the gradient of the input.
enum Target<'a> {
    Nowhere,
    Plain(Disjoint<'a>, Write),
    Through(Disjoint<'a>, &'a Affine<'a>, &'a [f32]),
}

/// What one piece sums up.
struct Own<'a> {
    kernel: Option<&'a mut [f32]>,
    bias: &'a mut [f64],
    input: &'a mut [f64],
}

impl Strips<'_> {
    fn backward(
        &self,
        upstream: Upstream,
        scratch: &mut [f32],
        parameters: Parameters,
        downstream: Downstream,
    ) {
        let Self { pool, cut, .. } = *self;
        let Cut { pieces, k, n, .. } = cut;
        let (partial, rest) =
            scratch.split_at_mut(if parameters.kernel.is_some() { pieces * k * n } else { 0 });
        let (of_bias, of_input) = rest.split_at_mut(Totals::scratch(pieces, 2 * n));
        let bias = Totals::new(of_bias, pieces, if parameters.bias.is_some() { 2 * n } else { 0 });
        let (target, sums) = self.target(downstream);
        let input = Totals::new(of_input, pieces, if sums.is_some() { 2 * k } else { 0 });
        let kernels = Disjoint::new(&mut *partial);
        let gradient: &[f32] = upstream.gradient;
        pool.run_with_scratch(pieces, self.scratch(), |piece, scratch| {
            let kernel = piece * k * n..(piece + 1) * k * n;
            // SAFETY: every piece has its own sums.
            let (bias, input) = unsafe { (bias.of(piece), input.of(piece)) };
            bias.fill(0.0);
            input.fill(0.0);
            // SAFETY: as above.
            let kernel = parameters.kernel.is_some().then(|| unsafe { kernels.part(kernel) });
            self.piece(piece, (gradient, &upstream.between), &target, Own { kernel, bias, input }, scratch);
        });
        if let Some(dkernel) = parameters.kernel {
            elementwise::add_up(pool, partial, dkernel);
        }
        if let Some(dbias) = parameters.bias {
            dbias.iter_mut().zip(bias.add_up()).for_each(|(bias, sum)| *bias = *sum as f32);
        }
        if let Some(sums) = sums {
            sums.copy_from_slice(input.add_up());
        }
    }

    /// Where the input's gradient goes, and where its sums.
    fn target<'t>(&'t self, downstream: Downstream<'t>) -> (Target<'t>, Option<&'t mut [f64]>) {
        let wanted = self.transposed.is_some();
        match (downstream, &self.x.affine) {
            (Downstream::Plain(dx, write), _) if wanted => (Target::Plain(Disjoint::new(dx), write), None),
            (Downstream::Through { dz, mean, sums }, Some(affine)) if wanted => {
                (Target::Through(Disjoint::new(dz), affine, mean), Some(sums))
            }
            _ => (Target::Nowhere, None),
        }
    }

    /// Floats of thread scratch: a strip's gradient and input, sums, and what the product of both needs.
    fn scratch(&self) -> usize {
        let Cut { strip, k, n, .. } = self.cut;
        strip * (k + n) + 2 * k.max(n) + gemm::rows_scratch(strip, k, n)
    }

    fn piece(
        &self,
        piece: usize,
        (gradient, between): (&[f32], &Between),
        target: &Target,
        mut own: Own,
        scratch: &mut [f32],
    ) {
        let Self { pool, cut: Cut { strip, k, n, .. }, x, transposed } = *self;
        // First, because the micro-kernels want it on a cache line.
        let (product_scratch, scratch) = scratch.split_at_mut(gemm::rows_scratch(strip, k, n));
        let (dy_scratch, scratch) = scratch.split_at_mut(strip * n);
        let (x_scratch, floats) = scratch.split_at_mut(strip * k);
        let mut write = Write::Set;
        for rows in self.cut.strips(piece) {
            let range = rows.start * n..rows.end * n;
            let dy = settled(pool.isa(), &gradient[range.clone()], between, range, dy_scratch);
            if !own.bias.is_empty() {
                let terms = Terms::Values { x: dy };
                columns::add_rows(pool.isa(), terms, n, 0..rows.len(), &mut floats[..2 * n], own.bias);
            }
            if let Some(kernel) = &mut own.kernel {
                let a = rows_of(pool, x, k, rows.clone(), x_scratch);
                gemm::transposed_rows(pool.isa(), a, dy, [k, n], write, product_scratch, kernel);
                write = Write::Add;
            }
            if let Some(transposed) = transposed {
                self.input_gradient(rows, dy, transposed, target, &mut own, floats);
            }
        }
    }

    fn input_gradient(
        &self,
        rows: Range<usize>,
        dy: &[f32],
        transposed: &Packed,
        target: &Target,
        own: &mut Own,
        floats: &mut [f32],
    ) {
        let Self { pool, cut: Cut { k, .. }, x, .. } = *self;
        let range = rows.start * k..rows.end * k;
        let plain = Epilogue::default();
        match target {
            Target::Nowhere => {}
            Target::Plain(dx, write) => {
                // SAFETY: different strips have different rows.
                let dx = unsafe { dx.part(range) };
                gemm::multiply_rows(pool, rows.len(), dy, transposed, &plain, *write, dx);
            }
            Target::Through(dz, affine, mean) => {
                // SAFETY: as above.
                let dz = unsafe { dz.part(range.clone()) };
                gemm::multiply_rows(pool, rows.len(), dy, transposed, &plain, Write::Set, dz);
                through(pool.isa(), &x.values[range], affine, mean, dz, &mut floats[..2 * k], own.input);
            }
        }
    }
}

#[cfg(test)]
mod tests;

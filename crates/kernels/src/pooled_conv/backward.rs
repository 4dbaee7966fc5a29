//! The gradients, as sums over the maxima that have one.
//!
//! Strip by strip the maxima are listed by filter; then each filter's list meets the patches (for the kernel) and
//! its row of the turned kernel meets the list (for the input), both a few registers wide. Pictures come in chunks
//! that depend on the batch alone; each chunk has sums of its own, which are added in their order.

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the sums in registers")]

use super::strip::Frames;
use super::{CHUNKS, PooledConv};
use crate::aligned::LINE;
use crate::disjoint::Disjoint;
use crate::elementwise::{accumulate, in_pieces};
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Lanes, load, multiply_add, store};
use crate::{Pool, Window, Write};

/// Where gradients go.
pub struct Owed<'a> {
    /// In Keras's layout `[kh, kw, in, filters]`.
    pub kernel: &'a mut [f32],
    /// A value a filter.
    pub bias: Option<&'a mut [f32]>,
    /// The input's; and the kernel laid out by [`super::turn`].
    pub input: Option<(&'a mut [f32], Write, &'a [f32])>,
}

impl PooledConv {
    /// Floats of one filter's sums: those of its patch, and its bias.
    fn row_len(&self) -> usize {
        (self.patch_len() + 1).next_multiple_of(LINE)
    }

    pub(super) fn sums_len(&self) -> usize {
        self.conv.filters * self.row_len()
    }

    /// Pictures in a chunk.
    fn chunk(batch: usize) -> usize {
        batch.div_ceil(CHUNKS).max(1)
    }

    pub(super) fn chunks(&self, batch: usize) -> usize {
        // Never fewer for more pictures, so that the scratch of the largest batch does for all.
        batch.min(CHUNKS)
    }
}

/// The gradients of what `owed` names, after [`super::forward`] has put `places`; `dy` is as long as its output.
/// `scratch` as for the forward.
pub fn backward(
    pool: &Pool,
    pooled: &PooledConv,
    batch: usize,
    x: &[f32],
    dy: &[f32],
    places: &[f32],
    scratch: &mut [f32],
    owed: Owed,
) {
    let (input, output, kernel) =
        (pooled.conv.window.input_len(), pooled.output_len(), pooled.patch_len() * pooled.conv.filters);
    assert_eq!(x.len(), batch * input, "x is not {batch} inputs of {pooled:?}");
    assert_eq!(dy.len(), batch * output, "dy does not hold {batch} outputs of {pooled:?}");
    assert_eq!(dy.len(), places.len(), "pooled convolution: dy and places differ in length");
    assert_eq!(owed.kernel.len(), kernel, "not a kernel of {pooled:?}");
    let (dx, write, turned) = owed.input.unwrap_or((&mut [], Write::Set, &[]));
    let wants_input = !turned.is_empty();
    assert!(!wants_input || dx.len() == x.len() && turned.len() == kernel, "x and dx, kernel and turned one");

    let (chunk, sums_len) = (PooledConv::chunk(batch), pooled.sums_len());
    let chunks = batch.div_ceil(chunk);
    let strips = Strips::new(pooled);
    let (dx, sums) = (Disjoint::new(dx), Disjoint::new(&mut scratch[..chunks * sums_len]));
    pool.run_with_scratch(chunks, strips.scratch(), |piece, scratch| {
        // SAFETY: every chunk has its own sums.
        let sums = unsafe { sums.part(piece * sums_len..(piece + 1) * sums_len) };
        sums.fill(0.0);
        let mut room = strips.room(scratch);
        for picture in piece * chunk..batch.min((piece + 1) * chunk) {
            let range = picture * input..(picture + 1) * input;
            // SAFETY: different pictures do not overlap.
            let dx = if wants_input { unsafe { dx.part(range.clone()) } } else { &mut [] };
            if write == Write::Set {
                dx.fill(0.0);
            }
            let (dy, places) = (&dy[picture * output..][..output], &places[picture * output..][..output]);
            strips.picture(pool, &x[range], dy, places, turned, &mut room, sums, dx);
        }
    });
    let sums = &mut scratch[..chunks * sums_len];
    add_up(pool, pooled, sums, owed.kernel, owed.bias);
}

/// Adds the sums of all chunks and hands them out.
fn add_up(
    pool: &Pool,
    pooled: &PooledConv,
    sums: &mut [f32],
    dkernel: &mut [f32],
    dbias: Option<&mut [f32]>,
) {
    let (row_len, filters) = (pooled.row_len(), pooled.conv.filters);
    let (first, others) = sums.split_at_mut(pooled.sums_len());
    let rows = Disjoint::new(first);
    in_pieces(pool, filters, row_len, |range| {
        let range = range.start * row_len..range.end * row_len;
        // SAFETY: the rows of different pieces do not overlap.
        let rows = unsafe { rows.part(range.clone()) };
        for other in others.chunks_exact(filters * row_len) {
            accumulate(pool.isa(), &other[range.clone()], rows);
        }
    });
    let kernel = Disjoint::new(dkernel);
    in_pieces(pool, pooled.patch_len(), filters, |range| {
        for row in range {
            // SAFETY: different rows do not overlap.
            let kernel = unsafe { kernel.part(row * filters..(row + 1) * filters) };
            kernel.iter_mut().zip(first[row..].iter().step_by(row_len)).for_each(|(to, sum)| *to = *sum);
        }
    });
    if let Some(dbias) = dbias {
        let sums = first[pooled.patch_len()..].iter().step_by(row_len);
        dbias.iter_mut().zip(sums).for_each(|(to, sum)| *to = *sum);
    }
}

/// The walk over a picture.
struct Strips<'a> {
    pooled: &'a PooledConv,
    frames: Frames,
    patch: Patch,
}

/// A patch in a frame: lines of `len` floats, `step` apart.
#[derive(Clone, Copy)]
struct Patch {
    lines: usize,
    len: usize,
    step: usize,
}

/// The thread's scratch.
struct Room<'a> {
    frame: &'a mut [f32],
    gradient: &'a mut [f32],
    maxima: Maxima<'a>,
}

/// The maxima of a strip that have a gradient, listed by filter.
struct Maxima<'a> {
    /// Of each its gradient, and as bits where its patch begins in the frame.
    list: &'a mut [[f32; 2]],
    /// How many each filter has, as bits.
    counts: &'a mut [f32],
    /// Room for each filter.
    most: usize,
    /// Of one position: as the list has it, and whether it is listed, as bits.
    next: &'a mut [[f32; 2]],
}

impl Maxima<'_> {
    /// Those of one filter.
    #[inline(always)]
    fn of(&self, filter: usize) -> &[[f32; 2]] {
        &self.list[filter * self.most..][..self.counts[filter].to_bits() as usize]
    }
}

impl<'a> Strips<'a> {
    fn new(pooled: &'a PooledConv) -> Self {
        let frames = Frames::new(pooled);
        let window = &pooled.conv.window;
        let patch =
            Patch { lines: window.kernel[0], len: window.kernel[1] * window.input[2], step: frames.line };
        Self { pooled, frames, patch }
    }

    /// Room for a filter's maxima of one strip.
    fn most(&self) -> usize {
        self.frames.rows * self.pooled.pool.output[1]
    }

    fn scratch(&self) -> usize {
        let lists = self.pooled.conv.filters * (2 * self.most() + 3);
        2 * self.frames.len().next_multiple_of(LINE) + lists
    }

    fn room<'s>(&self, scratch: &'s mut [f32]) -> Room<'s> {
        let (filters, frame_len) = (self.pooled.conv.filters, self.frames.len());
        let (frame, rest) = scratch.split_at_mut(frame_len.next_multiple_of(LINE));
        let (gradient, rest) = rest.split_at_mut(frame_len.next_multiple_of(LINE));
        let (list, rest) = rest.split_at_mut(2 * filters * self.most());
        let (next, counts) = rest.split_at_mut(2 * filters);
        let (list, next) = (list.as_chunks_mut().0, next.as_chunks_mut().0);
        let maxima = Maxima { list, counts: &mut counts[..filters], most: self.most(), next };
        Room { frame: &mut frame[..frame_len], gradient: &mut gradient[..frame_len], maxima }
    }

    /// Adds a picture's part to `sums`, and to `dx` if there is a `turned` kernel.
    fn picture(
        &self,
        pool: &Pool,
        x: &[f32],
        dy: &[f32],
        places: &[f32],
        turned: &[f32],
        room: &mut Room,
        sums: &mut [f32],
        dx: &mut [f32],
    ) {
        let (isa, row_len) = (pool.isa(), self.pooled.row_len());
        let strip_len = self.most() * self.pooled.conv.filters;
        let rows = dy.chunks(strip_len.max(1)).zip(places.chunks(strip_len.max(1)));
        for (strip, (dy, places)) in rows.enumerate() {
            list(isa, &self.pooled.pool, self.frames.steps(self.pooled), dy, places, &mut room.maxima);
            self.frames.fill(strip, x, room.frame);
            gather(isa, self.patch, &room.maxima, room.frame, row_len, sums);
            if !turned.is_empty() {
                room.gradient.fill(0.0);
                scatter(isa, self.patch, &room.maxima, turned, room.gradient);
                self.frames.add(isa, strip, room.gradient, dx);
            }
        }
    }
}

on_each_isa! {
    /// Lists the maxima of a strip. `steps` lie between the patches of neighbouring outputs of the convolution.
    fn list[F](pool: &Window, steps: [usize; 2], dy: &[f32], places: &[f32], maxima: &mut Maxima) {
        maxima.counts.fill(f32::from_bits(0));
        let filters = maxima.counts.len();
        let positions = dy.chunks_exact(filters).zip(places.chunks_exact(filters));
        for (position, (dy, places)) in positions.enumerate() {
            let (row, column) = (position / pool.output[1], position % pool.output[1]);
            let first = (row * pool.stride[0] * steps[0] + column * pool.stride[1] * steps[1]) as i32;
            for ((next, place), dy) in maxima.next.iter_mut().zip(places).zip(dy) {
                let listed = *place >= 0.0 && *dy != 0.0;
                *next = [first.wrapping_add(*place as i32) as u32, u32::from(listed)].map(f32::from_bits);
            }
            for (filter, (dy, count)) in dy.iter().zip(maxima.counts.iter_mut()).enumerate() {
                // Written in any case and counted if it is wanted: there is no telling which ones are.
                let [patch, listed] = maxima.next[filter];
                maxima.list[filter * maxima.most + count.to_bits() as usize] = [*dy, patch];
                *count = f32::from_bits(count.to_bits() + listed.to_bits());
            }
        }
    }

    /// `sums[filter] += gradient · patch` over the maxima of each filter.
    fn gather[F](patch: Patch, maxima: &Maxima, frame: &[f32], row_len: usize, sums: &mut [f32]) {
        for (filter, sums) in sums.chunks_exact_mut(row_len).enumerate() {
            let maxima = maxima.of(filter);
            if maxima.is_empty() {
                continue;
            }
            for line in 0..patch.lines {
                let (frame, sums) = (&frame[line * patch.step..], &mut sums[line * patch.len..][..patch.len]);
                for_each_block::<F>(patch.len, &mut Gather { maxima, frame, sums });
            }
            sums[patch.lines * patch.len] += maxima.iter().map(|[gradient, _]| gradient).sum::<f32>();
        }
    }

    /// `dframe[patch] += gradient · turned[filter]` for the maxima of each filter.
    fn scatter[F](patch: Patch, maxima: &Maxima, turned: &[f32], dframe: &mut [f32]) {
        for (filter, turned) in turned.chunks_exact(patch.lines * patch.len).enumerate() {
            let maxima = maxima.of(filter);
            for line in 0..patch.lines {
                let (dframe, turned) = (&mut dframe[line * patch.step..], &turned[line * patch.len..][..patch.len]);
                for_each_block::<F>(patch.len, &mut Scatter { maxima, turned, dframe });
            }
        }
    }
}

/// Works on `V` vectors of `L` floats of a patch's line.
trait Blocks {
    fn block<F: Arithmetic, const V: usize, const L: usize>(&mut self, at: usize);
}

/// Walks over a line of `len` floats, in blocks that fill registers evenly.
#[inline(always)]
fn for_each_block<F: Arithmetic>(len: usize, blocks: &mut impl Blocks) {
    let vectors = len / LINE;
    let parts = vectors.div_ceil(8);
    let mut at = 0;
    for part in 0..parts {
        let count = vectors * (part + 1) / parts - vectors * part / parts;
        match count {
            8 => blocks.block::<F, 8, LINE>(at),
            7 => blocks.block::<F, 7, LINE>(at),
            6 => blocks.block::<F, 6, LINE>(at),
            5 => blocks.block::<F, 5, LINE>(at),
            4 => blocks.block::<F, 4, LINE>(at),
            3 => blocks.block::<F, 3, LINE>(at),
            2 => blocks.block::<F, 2, LINE>(at),
            _ => blocks.block::<F, 1, LINE>(at),
        }
        at += count * LINE;
    }
    while at + 4 <= len {
        blocks.block::<F, 1, 4>(at);
        at += 4;
    }
    while at < len {
        blocks.block::<F, 1, 1>(at);
        at += 1;
    }
}

struct Gather<'a> {
    maxima: &'a [[f32; 2]],
    frame: &'a [f32],
    sums: &'a mut [f32],
}

impl Blocks for Gather<'_> {
    #[inline(always)]
    fn block<F: Arithmetic, const V: usize, const L: usize>(&mut self, at: usize) {
        let mut sums: [Lanes<L>; V] = std::array::from_fn(|v| load(self.sums, at + v * L));
        for [gradient, patch] in self.maxima {
            let x = &self.frame[patch.to_bits() as usize + at..][..V * L];
            for v in 0..V {
                sums[v] = multiply_add::<F, L>(load(x, v * L), [*gradient; L], sums[v]);
            }
        }
        for v in 0..V {
            store(sums[v], self.sums, at + v * L);
        }
    }
}

struct Scatter<'a> {
    maxima: &'a [[f32; 2]],
    turned: &'a [f32],
    dframe: &'a mut [f32],
}

impl Blocks for Scatter<'_> {
    #[inline(always)]
    fn block<F: Arithmetic, const V: usize, const L: usize>(&mut self, at: usize) {
        let weights: [Lanes<L>; V] = std::array::from_fn(|v| load(self.turned, at + v * L));
        for [gradient, patch] in self.maxima {
            let dx = &mut self.dframe[patch.to_bits() as usize + at..][..V * L];
            for v in 0..V {
                let sum = multiply_add::<F, L>(weights[v], [*gradient; L], load(dx, v * L));
                store(sum, dx, v * L);
            }
        }
    }
}

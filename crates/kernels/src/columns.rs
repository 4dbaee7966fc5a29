//! Sums over rows: the gradient of a bias, and what the norms need of their rows.
//!
//! Some rows at a time are summed in float32 in registers, the rest in float64, so that a million rows are no less
//! exact than thirty-two.

use std::marker::PhantomData;

use crate::Pool;
use crate::disjoint::Disjoint;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, Lanes, add, for_each_block, load, multiply_add, store};

/// Values in one piece of work, about.
const PIECE: usize = 1 << 16;
/// Parts that the sums are made of, at most.
const PARTIAL_SUMS: usize = 32;
/// Rows that are summed in float32.
const ROWS: usize = 32;

/// `out[c] = Σ x[row, c]`, reduced in a fixed order; `x: [rows, channels]`. Scratch as [`crate::norm::scratch`].
pub fn sum(pool: &Pool, channels: usize, x: &[f32], scratch: &mut [f32], out: &mut [f32]) {
    assert_eq!(out.len(), channels, "sum of columns: length of the result");
    let [sums, _] = sums(pool, channels, Terms::Values { x }, scratch);
    for (out, sum) in out.iter_mut().zip(sums) {
        *out = *sum as f32;
    }
}

/// What is summed: up to two terms for each value of `[rows, channels]`.
#[derive(Clone, Copy)]
pub(crate) enum Terms<'a> {
    /// `x`
    Values { x: &'a [f32] },
    /// `x − shift` and its square, with a shift for each channel.
    Moments { x: &'a [f32], shift: &'a [f32] },
    /// `dy` and `dy · (x − mean)`, with a mean for each channel.
    Gradients { x: &'a [f32], mean: &'a [f32], dy: &'a [f32] },
}

impl Terms<'_> {
    fn check(&self, channels: usize) -> usize {
        let len = match self {
            Self::Values { x } => x.len(),
            Self::Moments { x, shift } => {
                assert_eq!(shift.len(), channels, "sums of columns: a shift for each channel");
                x.len()
            }
            Self::Gradients { x, mean, dy } => {
                assert_eq!(mean.len(), channels, "sums of columns: a mean for each channel");
                assert_eq!(x.len(), dy.len(), "sums of columns: x and dy differ in length");
                x.len()
            }
        };
        assert!(channels > 0 && len.is_multiple_of(channels), "sums of columns: whole rows");
        len / channels
    }
}

/// The sums of both terms over all rows, a value a channel each, in `scratch` of [`scratch`] floats.
pub(crate) fn sums<'a>(pool: &Pool, channels: usize, terms: Terms, scratch: &'a mut [f32]) -> [&'a [f64]; 2] {
    let rows = terms.check(channels);
    let pieces = pieces(rows, channels);
    // SAFETY: any bits are floats of either width.
    let (_, doubles, _) = unsafe { scratch.align_to_mut::<f64>() };
    let part = 2 * channels;
    assert!(doubles.len() >= pieces * part, "sums of columns: {rows} rows of {channels} need more scratch");
    let parts = Disjoint::new(&mut doubles[..pieces * part]);
    pool.run_with_scratch(pieces, part, |piece, floats| {
        // SAFETY: every piece has its own sums.
        let totals = unsafe { parts.part(piece * part..(piece + 1) * part) };
        totals.fill(0.0);
        let mut next = piece * rows / pieces;
        let end = (piece + 1) * rows / pieces;
        while next < end {
            let some = ROWS.min(end - next);
            sum_rows(pool.isa(), terms, channels, next, some, floats, totals);
            next += some;
        }
    });
    let (totals, others) = doubles[..pieces * part].split_at_mut(part);
    for other in others.chunks_exact(part) {
        totals.iter_mut().zip(other).for_each(|(total, other)| *total += other);
    }
    let (first, second) = totals.split_at(channels);
    [first, second]
}

/// Floats of scratch that [`sums`] needs for up to `rows` rows.
pub(crate) fn scratch(rows: usize, channels: usize) -> usize {
    // Two float64 are four floats; one more where the slice does not begin at a multiple of eight bytes.
    pieces(rows, channels) * channels * 4 + 1
}

fn pieces(rows: usize, channels: usize) -> usize {
    (rows * channels / PIECE).clamp(1, PARTIAL_SUMS).min(rows.max(1))
}

on_each_isa! {
    /// Adds to `totals` the sums of rows `first..first + rows`; `floats` is as long.
    fn sum_rows[F](terms: Terms, channels: usize, first: usize, rows: usize, floats: &mut [f32], totals: &mut [f64]) {
        let at = first * channels;
        let len = rows * channels;
        match terms {
            Terms::Values { x } => run::<F, _>(channels, rows, Values(&x[at..at + len]), floats),
            Terms::Moments { x, shift } => run::<F, _>(channels, rows, Moments(&x[at..at + len], shift), floats),
            Terms::Gradients { x, mean, dy } => {
                run::<F, _>(channels, rows, Gradients(&x[at..at + len], mean, &dy[at..at + len]), floats);
            }
        }
        for (total, float) in totals.iter_mut().zip(floats) {
            *total += f64::from(*float);
        }
    }
}

#[inline(always)]
fn run<F: Arithmetic, T: Pair>(channels: usize, rows: usize, terms: T, sums: &mut [f32]) {
    for_each_block(0..channels, &mut Sum::<F, T> { channels, rows, terms, sums, arithmetic: PhantomData });
}

/// One channel block's sums over the rows.
struct Sum<'a, F, T> {
    channels: usize,
    rows: usize,
    terms: T,
    sums: &'a mut [f32],
    arithmetic: PhantomData<F>,
}

impl<F: Arithmetic, T: Pair> Blocks for Sum<'_, F, T> {
    #[inline(always)]
    fn block<const L: usize>(&mut self, channel: usize) {
        let mut sums = [[0.0; L]; 2];
        let constant = self.terms.constant::<L>(channel);
        for row in 0..self.rows {
            sums = self.terms.add::<F, L>(row * self.channels + channel, constant, sums);
        }
        store(sums[0], self.sums, channel);
        store(sums[1], self.sums, self.channels + channel);
    }
}

/// [`Terms`], known when compiled.
trait Pair {
    /// What each channel has.
    fn constant<const L: usize>(&self, channel: usize) -> Lanes<L>;

    /// The sums with the terms of index `at`.
    fn add<F: Arithmetic, const L: usize>(
        &self,
        at: usize,
        constant: Lanes<L>,
        sums: [Lanes<L>; 2],
    ) -> [Lanes<L>; 2];
}

struct Values<'a>(&'a [f32]);
struct Moments<'a>(&'a [f32], &'a [f32]);
struct Gradients<'a>(&'a [f32], &'a [f32], &'a [f32]);

impl Pair for Values<'_> {
    #[inline(always)]
    fn constant<const L: usize>(&self, _: usize) -> Lanes<L> {
        [0.0; L]
    }

    #[inline(always)]
    fn add<F: Arithmetic, const L: usize>(
        &self,
        at: usize,
        _: Lanes<L>,
        [x, none]: [Lanes<L>; 2],
    ) -> [Lanes<L>; 2] {
        [add(x, load(self.0, at)), none]
    }
}

impl Pair for Moments<'_> {
    #[inline(always)]
    fn constant<const L: usize>(&self, channel: usize) -> Lanes<L> {
        load(self.1, channel)
    }

    #[inline(always)]
    fn add<F: Arithmetic, const L: usize>(
        &self,
        at: usize,
        shift: Lanes<L>,
        [first, second]: [Lanes<L>; 2],
    ) -> [Lanes<L>; 2] {
        let x = subtract(load(self.0, at), shift);
        [add(first, x), multiply_add::<F, L>(x, x, second)]
    }
}

impl Pair for Gradients<'_> {
    #[inline(always)]
    fn constant<const L: usize>(&self, channel: usize) -> Lanes<L> {
        load(self.1, channel)
    }

    #[inline(always)]
    fn add<F: Arithmetic, const L: usize>(
        &self,
        at: usize,
        mean: Lanes<L>,
        [first, second]: [Lanes<L>; 2],
    ) -> [Lanes<L>; 2] {
        let dy = load(self.2, at);
        [add(first, dy), multiply_add::<F, L>(dy, subtract(load(self.0, at), mean), second)]
    }
}

#[inline(always)]
fn subtract<const L: usize>(mut a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
    for lane in 0..L {
        a[lane] -= b[lane];
    }
    a
}

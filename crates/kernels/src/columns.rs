//! Sums over rows: the gradient of a bias, and what the norms need of their rows.
//!
//! Some rows at a time are summed in float32 in registers, the rest in float64, so that a million rows are no less
//! exact than thirty-two.

use std::marker::PhantomData;
use std::ops::Range;

use crate::disjoint::Disjoint;
use crate::isa::{Arithmetic, on_each_isa};
use crate::lanes::{Blocks, Lanes, add, for_each_block, load, multiply_add, store};
use crate::{Isa, Pool};

/// Values in one piece of work, about.
pub(crate) const PIECE: usize = 1 << 16;
/// Parts that the sums are made of, at most.
pub(crate) const PARTIAL_SUMS: usize = 32;
/// Rows that are summed in float32.
pub(crate) const ROWS: usize = 32;

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
    let totals = Totals::new(scratch, pieces, 2 * channels);
    pool.run_with_scratch(pieces, 2 * channels, |piece, floats| {
        // SAFETY: every piece has its own sums.
        let own = unsafe { totals.of(piece) };
        own.fill(0.0);
        add_rows(
            pool.isa(),
            terms,
            channels,
            piece * rows / pieces..(piece + 1) * rows / pieces,
            floats,
            own,
        );
    });
    let (first, second) = totals.add_up().split_at(channels);
    [first, second]
}

/// Adds to `totals`, two a channel, the sums of some rows, on this thread; `floats` is as long.
pub(crate) fn add_rows(
    isa: Isa,
    terms: Terms,
    channels: usize,
    rows: Range<usize>,
    floats: &mut [f32],
    totals: &mut [f64],
) {
    for first in rows.clone().step_by(ROWS) {
        sum_rows(isa, terms, channels, first, ROWS.min(rows.end - first), floats, totals);
    }
}

/// Sums in float64 that pieces of work make each for itself.
pub(crate) struct Totals<'a> {
    parts: Disjoint<'a, f64>,
    each: usize,
}

impl<'a> Totals<'a> {
    /// Of `pieces`, `each` sums, in `scratch` of [`Totals::scratch`] floats.
    pub(crate) fn new(scratch: &'a mut [f32], pieces: usize, each: usize) -> Self {
        // SAFETY: any bits are floats of either width.
        let (_, doubles, _) = unsafe { scratch.align_to_mut::<f64>() };
        assert!(doubles.len() >= pieces * each, "{pieces} times {each} sums need more scratch");
        Self { parts: Disjoint::new(&mut doubles[..pieces * each]), each }
    }

    /// Floats of scratch for so many sums.
    pub(crate) fn scratch(pieces: usize, each: usize) -> usize {
        // Two float64 are four floats; one more where the slice does not begin at a multiple of eight bytes.
        pieces * each * 2 + 1
    }

    pub(crate) fn pieces(&self) -> usize {
        self.parts.len() / self.each.max(1)
    }

    /// The sums of one piece.
    ///
    /// # Safety
    /// Nobody else uses this piece's sums meanwhile.
    #[expect(clippy::mut_from_ref, reason = "the caller promises that parts do not overlap")]
    pub(crate) unsafe fn of(&self, piece: usize) -> &mut [f64] {
        // SAFETY: the caller's promise.
        unsafe { self.parts.part(piece * self.each..(piece + 1) * self.each) }
    }

    /// The sums of all pieces, in their order.
    pub(crate) fn add_up(self) -> &'a [f64] {
        let all = self.parts.into_slice();
        let (totals, others) = all.split_at_mut(self.each);
        for other in others.chunks_exact(self.each) {
            totals.iter_mut().zip(other).for_each(|(total, other)| *total += other);
        }
        totals
    }

    /// For each `group` neighbouring pieces their sums, in their order.
    pub(crate) fn add_up_each(self, group: usize) -> impl Iterator<Item = f64> + use<'a> {
        let each = self.each;
        let groups = self.parts.into_slice().chunks_exact(group * each);
        groups.flat_map(move |parts| {
            (0..each).map(move |at| parts.iter().skip(at).step_by(each).fold(0.0, |sum, part| sum + part))
        })
    }
}

/// Floats of scratch that [`sums`] needs for up to `rows` rows.
pub(crate) fn scratch(rows: usize, channels: usize) -> usize {
    Totals::scratch(pieces(rows, channels), 2 * channels)
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

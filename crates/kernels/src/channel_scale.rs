//! `y = x · factor`, a factor a channel: those of its picture (squeeze-and-excitation, Hu et al. 2018), or the same for
//! all pictures (layer scale, Touvron et al. 2021).
//!
//! `dx = dy · factor`, `dfactor = Σ x · dy` over the rows that share it.

use std::ops::Range;

use crate::columns::{PARTIAL_SUMS, PIECE, Totals};
use crate::disjoint::Disjoint;
use crate::isa::on_each_isa;
use crate::{Pool, Write};

#[cfg(test)]
mod tests;

/// Values in one piece of work of a pass without sums.
const PASS: usize = 1 << 14;
/// Rows shorter than this are taken several at a time.
const WIDE: usize = 512;
/// Products that are summed in float32.
const RUN: usize = 8;

/// The factors of a tensor `[groups * rows, channels]`.
#[derive(Debug, Clone, Copy)]
pub struct Factors<'a> {
    /// `[groups, channels]`
    pub values: &'a [f32],
    /// Factors of one group.
    pub channels: usize,
    /// Rows of the tensor that share a group's factors.
    pub rows: usize,
}

impl Factors<'_> {
    fn check(&self, len: usize) {
        let Self { values, channels, rows } = *self;
        assert!(channels > 0 && values.len().is_multiple_of(channels), "factors: whole rows of {channels}");
        assert_eq!(len, values.len() * rows, "factors: length of a tensor of {rows} rows a group");
    }

    fn cut(&self, piece: usize, most: usize) -> Cut {
        let Self { values, channels, rows } = *self;
        let bands = (rows * channels / piece).clamp(1, most).min(rows.max(1));
        Cut { groups: values.len() / channels, bands, rows, channels }
    }

    /// Length of what [`tile`](Self::tile) gives.
    fn tile_len(&self) -> usize {
        (WIDE / self.channels).max(1) * self.channels
    }

    /// The factors of one group, over and over.
    fn tile<'t>(&self, group: usize, tile: &'t mut [f32]) -> &'t [f32] {
        let values = &self.values[group * self.channels..][..self.channels];
        tile.chunks_exact_mut(self.channels).for_each(|copy| copy.copy_from_slice(values));
        tile
    }
}

/// Each group's rows in bands.
struct Cut {
    groups: usize,
    bands: usize,
    rows: usize,
    channels: usize,
}

impl Cut {
    fn pieces(&self) -> usize {
        self.groups * self.bands
    }

    /// The group of a piece, and its values.
    fn piece(&self, piece: usize) -> (usize, Range<usize>) {
        let (group, band) = (piece / self.bands, piece % self.bands);
        let row = |band: usize| (group * self.rows + band * self.rows / self.bands) * self.channels;
        (group, row(band)..row(band + 1))
    }
}

/// `y = x · factor`, or `y += x · factor`; also the gradient of `x` from that of `y`.
pub fn multiply(pool: &Pool, x: &[f32], factors: &Factors, write: Write, y: &mut [f32]) {
    factors.check(x.len());
    assert_eq!(x.len(), y.len(), "factors: x and y differ in length");
    let cut = factors.cut(PASS, usize::MAX);
    let parts = Disjoint::new(y);
    pool.run_with_scratch(cut.pieces(), factors.tile_len(), |piece, tile| {
        let (group, range) = cut.piece(piece);
        let tile = factors.tile(group, &mut tile[..factors.tile_len()]);
        // SAFETY: different pieces have different rows.
        let y = unsafe { parts.part(range.clone()) };
        scaled(pool.isa(), &x[range], tile, write, y);
    });
}

/// The gradient of the factors, and that of `x` where it is wanted. `scratch` has [`scratch`] floats.
pub fn backward(
    pool: &Pool,
    x: &[f32],
    dy: &[f32],
    factors: &Factors,
    scratch: &mut [f32],
    dx: Option<(&mut [f32], Write)>,
    (dfactors, write): (&mut [f32], Write),
) {
    factors.check(x.len());
    let dx_len = dx.as_ref().map_or(x.len(), |(dx, _)| dx.len());
    assert!(dy.len() == x.len() && dx_len == x.len(), "factors: x, dy and dx differ in length");
    assert_eq!(dfactors.len(), factors.values.len(), "factors: length of their gradient");
    let (cut, channels, tile_len) = (factors.cut(PIECE, PARTIAL_SUMS), factors.channels, factors.tile_len());
    let totals = Totals::new(scratch, cut.pieces(), channels);
    let dx = dx.map(|(dx, write)| (Disjoint::new(dx), write));
    pool.run_with_scratch(cut.pieces(), 2 * tile_len, |piece, floats| {
        let (group, range) = cut.piece(piece);
        let (tile, sums) = floats[..2 * tile_len].split_at_mut(tile_len);
        let tile = factors.tile(group, tile);
        // SAFETY: every piece has its own sums.
        let own = unsafe { totals.of(piece) };
        own.fill(0.0);
        for start in range.clone().step_by(RUN * tile_len) {
            let some = start..range.end.min(start + RUN * tile_len);
            products(pool.isa(), &x[some.clone()], &dy[some.clone()], sums);
            for copy in sums.chunks_exact(channels) {
                own.iter_mut().zip(copy).for_each(|(total, sum)| *total += f64::from(*sum));
            }
            if let Some((dx, write)) = &dx {
                // SAFETY: different pieces have different rows.
                let dx = unsafe { dx.part(some.clone()) };
                scaled(pool.isa(), &dy[some], tile, *write, dx);
            }
        }
    });
    let sums = totals.add_up_each(cut.bands);
    let given = dfactors.iter_mut().zip(sums);
    match write {
        Write::Set => given.for_each(|(dfactor, sum)| *dfactor = sum as f32),
        Write::Add => given.for_each(|(dfactor, sum)| *dfactor += sum as f32),
    }
}

/// Floats of scratch that [`backward`] needs for so many groups of `rows` rows.
pub fn scratch(groups: usize, rows: usize, channels: usize) -> usize {
    let bands = (rows * channels / PIECE).clamp(1, PARTIAL_SUMS).min(rows.max(1));
    Totals::scratch(groups * bands, channels)
}

on_each_isa! {
    /// `y = x · tile`, the tile again and again.
    fn scaled[F](x: &[f32], tile: &[f32], write: Write, y: &mut [f32]) {
        for (x, y) in x.chunks(tile.len()).zip(y.chunks_mut(tile.len())) {
            let given = y.iter_mut().zip(x.iter().zip(tile));
            match write {
                Write::Set => given.for_each(|(y, (x, factor))| *y = x * factor),
                Write::Add => given.for_each(|(y, (x, factor))| *y = F::multiply_add(*x, *factor, *y)),
            }
        }
    }

    /// `sums = Σ x · dy`, of the values with the same place in a tile as long as `sums`.
    fn products[F](x: &[f32], dy: &[f32], sums: &mut [f32]) {
        sums.fill(0.0);
        for (x, dy) in x.chunks(sums.len()).zip(dy.chunks(sums.len())) {
            for (sum, (x, dy)) in sums.iter_mut().zip(x.iter().zip(dy)) {
                *sum = F::multiply_add(*x, *dy, *sum);
            }
        }
    }
}

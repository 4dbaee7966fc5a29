//! What the micro-kernels compute, and which sizes of them each instruction set has.
//!
//! A *product tile* is `c = finish(a · b)` for one or two groups of rows, the rows of a group at a constant step in
//! memory, and the columns of one panel of `b`. Rows are read where they lie: each is a list of segments, runs of
//! floats at given offsets from the row's start. A plain matrix has one segment, a convolution about one for each
//! row of its kernel. Every output is one sum in the order of `k`, whatever the tile, so how a matrix is cut never
//! changes a bit of it.
//!
//! An *outer tile* is `out += aᵀ · g`, a sum over rows, which lie in runs at given offsets.

use super::portable;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use crate::{Isa, Level};

/// Columns of a panel of a packed matrix.
pub(crate) const PANEL: usize = 32;

/// Where sums begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At zero.
    Zero,
    /// At what the output holds.
    Output,
}

/// One product tile. Steps are in floats.
pub(crate) struct Tile<'a> {
    /// The first row of each group (the second is not read when there is one group).
    pub(crate) a: [*const f32; 2],
    pub(crate) a_step: usize,
    /// Where the runs of a row's floats begin, from the row's start.
    pub(crate) segments: &'a [usize],
    pub(crate) segment_len: usize,
    /// `segments * segment_len` times [`PANEL`] floats, 64-byte aligned (or, for kernels narrower than a panel,
    /// from one of their columns on).
    pub(crate) b: *const f32,
    /// The first output row of each group.
    pub(crate) c: [*mut f32; 2],
    pub(crate) c_step: usize,
    /// Columns to write, at most the kernel's.
    pub(crate) columns: usize,
    /// Where to fetch from ahead of need, [`Tile::ahead_step`] floats further at each step of `k`.
    pub(crate) ahead: *const f32,
    pub(crate) ahead_step: usize,
    pub(crate) start: Start,
    /// A value a column to add, or null.
    pub(crate) bias: *const f32,
    /// Laid out as `c`, to add, or null.
    pub(crate) residual: [*const f32; 2],
    /// Sums are stored as `min(max(sum, low), high)`; a NaN stays one.
    pub(crate) low: f32,
    pub(crate) high: f32,
}

/// Where a run of rows begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Run {
    pub(crate) a: usize,
    pub(crate) g_row: usize,
}

/// One outer tile. Steps are in floats.
pub(crate) struct Outer<'a> {
    pub(crate) a: *const f32,
    /// From one row of `a` to the next of its run.
    pub(crate) a_step: usize,
    /// Where the runs of rows begin, from `a`, and which row of `g` their first one meets.
    pub(crate) runs: &'a [Run],
    pub(crate) run_len: usize,
    /// Rows of [`PANEL`] floats, 64-byte aligned; narrower kernels begin at one of their columns.
    pub(crate) g: *const f32,
    pub(crate) out: *mut f32,
    pub(crate) out_step: usize,
    /// Columns to write, at most the kernel's.
    pub(crate) columns: usize,
    pub(crate) start: Start,
}

/// A micro-kernel for [`Tile`].
///
/// # Safety
/// The addresses that the tile describes must be readable, those of `c` writable by this thread alone, and the
/// machine must support the kernel's instruction set.
pub(crate) type TileKernel = unsafe fn(&Tile);

/// A micro-kernel for [`Outer`]; as [`TileKernel`].
pub(crate) type OuterKernel = unsafe fn(&Outer);

/// The micro-kernels of one instruction set.
pub(crate) struct Kernels {
    /// The most rows of one group.
    pub(crate) group_rows: usize,
    /// The most groups of a tile.
    pub(crate) groups: usize,
    /// Columns that one call computes: a divisor of [`PANEL`].
    pub(crate) width: usize,
    /// The most rows of an outer tile.
    pub(crate) outer_rows: usize,
    /// For a number of groups, rows of each, and columns.
    pub(crate) tile: fn(usize, usize, usize) -> TileKernel,
    /// For a number of rows and of columns.
    pub(crate) outer: fn(usize, usize) -> OuterKernel,
}

impl Kernels {
    /// The micro-kernels of `isa`.
    pub(crate) fn of(isa: Isa) -> &'static Self {
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => &avx512::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => &avx2::KERNELS,
            Level::Neon => &portable::NEON,
            _ => &portable::KERNELS,
        }
    }
}

/// One of a kernel's variants for so many rows; its further const arguments follow.
macro_rules! by_rows {
    ($rows:expr, $kernel:ident, [$($count:literal)*]) => {
        match $rows { $($count => $kernel::<$count>,)* _ => unreachable!("no micro-kernel has this many rows") }
    };
    ($rows:expr, $kernel:ident, [$($count:literal)*], $second:literal) => {
        match $rows { $($count => $kernel::<$count, $second>,)* _ => unreachable!("no micro-kernel has this many rows") }
    };
    ($rows:expr, $kernel:ident, [$($count:literal)*], $second:literal, $third:literal) => {
        match $rows {
            $($count => $kernel::<$count, $second, $third>,)*
            _ => unreachable!("no micro-kernel has this many rows"),
        }
    };
}
pub(crate) use by_rows;

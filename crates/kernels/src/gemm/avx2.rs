//! Micro-kernels for AVX2: product and outer tiles of 6 rows by 16 columns.
//!
//! 12 sums, 2 columns' worth of `b` and one broadcast value of `a` fill 15 of the 16 registers.

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the sums in registers")]

use std::arch::x86_64::*;

use super::tile::{Kernels, Outer, OuterKernel, PANEL, Start, Tile, TileKernel, by_rows};

pub(crate) static KERNELS: Kernels = Kernels {
    group_rows: 6,
    groups: 1,
    width: 2 * LANES,
    outer_rows: 6,
    tile: tile_kernel,
    outer: outer_kernel,
};

const LANES: usize = 8;

fn tile_kernel(_groups: usize, rows: usize, columns: usize) -> TileKernel {
    if columns > LANES {
        by_rows!(rows, tile, [1 2 3 4 5 6], 2)
    } else {
        by_rows!(rows, tile, [1 2 3 4 5 6], 1)
    }
}

fn outer_kernel(rows: usize, columns: usize) -> OuterKernel {
    if columns > LANES {
        by_rows!(rows, outer, [1 2 3 4 5 6], 2)
    } else {
        by_rows!(rows, outer, [1 2 3 4 5 6], 1)
    }
}

/// All bits set in the lanes of the vector that begins at column `from` which are inside `columns`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn inside(columns: usize, from: usize) -> __m256i {
    let lanes = columns.saturating_sub(from).min(LANES) as i32;
    _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}

/// See [`Tile`]; one group.
///
/// # Safety
/// As [`TileKernel`].
#[target_feature(enable = "avx2,fma")]
unsafe fn tile<const ROWS: usize, const VECTORS: usize>(tile: &Tile) {
    // SAFETY: the caller promises that the tile's addresses are good; masks keep to its columns.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); VECTORS]; ROWS];
        if tile.start == Start::Output {
            for row in 0..ROWS {
                for vector in 0..VECTORS {
                    let c = tile.c[0].add(row * tile.c_step + vector * LANES);
                    sums[row][vector] = _mm256_maskload_ps(c, inside(tile.columns, vector * LANES));
                }
            }
        }
        let mut b = tile.b;
        for &offset in tile.segments {
            let mut a = tile.a[0].wrapping_add(offset);
            for _ in 0..tile.segment_len {
                let mut columns = [_mm256_setzero_ps(); VECTORS];
                for vector in 0..VECTORS {
                    columns[vector] = _mm256_load_ps(b.add(vector * LANES));
                }
                for row in 0..ROWS {
                    let value = _mm256_set1_ps(*a.add(row * tile.a_step));
                    for vector in 0..VECTORS {
                        sums[row][vector] = _mm256_fmadd_ps(value, columns[vector], sums[row][vector]);
                    }
                }
                a = a.wrapping_add(1);
                b = b.wrapping_add(PANEL);
            }
        }
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                finish(tile, row * tile.c_step, vector * LANES, sums[row][vector]);
            }
        }
    }
}

/// Bias, residual, clamp and store of the sums `at` from the output's start (without the columns) in one vector.
/// Given one at a time, the sums stay in registers.
///
/// # Safety
/// As [`TileKernel`].
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn finish(tile: &Tile, at: usize, column: usize, mut sum: __m256) {
    let mask = inside(tile.columns, column);
    let at = at + column;
    // SAFETY: the caller promises that the tile's addresses are good; masks keep to its columns.
    unsafe {
        if !tile.bias.is_null() {
            sum = _mm256_add_ps(sum, _mm256_maskload_ps(tile.bias.add(column), mask));
        }
        if !tile.residual[0].is_null() {
            sum = _mm256_add_ps(sum, _mm256_maskload_ps(tile.residual[0].add(at), mask));
        }
        // With the sum second, these return it when it is a NaN.
        sum = _mm256_min_ps(_mm256_set1_ps(tile.high), _mm256_max_ps(_mm256_set1_ps(tile.low), sum));
        if tile.columns >= column + LANES {
            _mm256_storeu_ps(tile.c[0].add(at), sum);
        } else {
            _mm256_maskstore_ps(tile.c[0].add(at), mask, sum);
        }
    }
}

/// See [`Outer`].
///
/// # Safety
/// As [`OuterKernel`].
#[target_feature(enable = "avx2,fma")]
unsafe fn outer<const ROWS: usize, const VECTORS: usize>(outer: &Outer) {
    // SAFETY: the caller promises that the tile's addresses are good; masks keep to its columns.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); VECTORS]; ROWS];
        if outer.start == Start::Output {
            for row in 0..ROWS {
                for vector in 0..VECTORS {
                    let out = outer.out.add(row * outer.out_step + vector * LANES);
                    sums[row][vector] = _mm256_maskload_ps(out, inside(outer.columns, vector * LANES));
                }
            }
        }
        for run in outer.runs {
            let mut a = outer.a.wrapping_add(run.a);
            let mut g = outer.g.wrapping_add(run.g_row * PANEL);
            for _ in 0..outer.run_len {
                let mut columns = [_mm256_setzero_ps(); VECTORS];
                for vector in 0..VECTORS {
                    columns[vector] = _mm256_load_ps(g.add(vector * LANES));
                }
                for row in 0..ROWS {
                    let value = _mm256_set1_ps(*a.add(row));
                    for vector in 0..VECTORS {
                        sums[row][vector] = _mm256_fmadd_ps(value, columns[vector], sums[row][vector]);
                    }
                }
                a = a.wrapping_add(outer.a_step);
                g = g.wrapping_add(PANEL);
            }
        }
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                let out = outer.out.add(row * outer.out_step + vector * LANES);
                _mm256_maskstore_ps(out, inside(outer.columns, vector * LANES), sums[row][vector]);
            }
        }
    }
}

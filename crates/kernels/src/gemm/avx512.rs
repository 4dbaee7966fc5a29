//! Micro-kernels for AVX-512: product tiles of 2 · 7 rows by 32 columns, outer tiles of 14 by 32.
//!
//! 28 sums, 2 columns' worth of `b` and one broadcast value of `a` fill 31 of the 32 registers; 28 multiply-adds for
//! 16 loads keep both arithmetic units busy from the first-level cache.

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the sums in registers")]

use std::arch::x86_64::*;

use super::tile::{Kernels, Outer, OuterKernel, PANEL, Start, Tile, TileKernel, by_rows};

pub(crate) static KERNELS: Kernels = Kernels {
    group_rows: 7,
    groups: 2,
    width: PANEL,
    outer_rows: 14,
    tile: tile_kernel,
    outer: outer_kernel,
};

const LANES: usize = 16;
/// How many steps of `k` ahead `b` is fetched.
const AHEAD: usize = 32;

fn tile_kernel(groups: usize, rows: usize, columns: usize) -> TileKernel {
    match (groups, columns > LANES) {
        (1, false) => by_rows!(rows, tile, [1 2 3 4 5 6 7], 1, 1),
        (1, true) => by_rows!(rows, tile, [1 2 3 4 5 6 7], 1, 2),
        (_, false) => by_rows!(rows, tile, [1 2 3 4 5 6 7], 2, 1),
        (_, true) => by_rows!(rows, tile, [1 2 3 4 5 6 7], 2, 2),
    }
}

fn outer_kernel(rows: usize, columns: usize) -> OuterKernel {
    if columns > LANES {
        by_rows!(rows, outer, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], 2)
    } else {
        by_rows!(rows, outer, [1 2 3 4 5 6 7 8 9 10 11 12 13 14], 1)
    }
}

/// The lanes of the vector that begins at column `from` which are inside `columns`.
#[inline(always)]
fn inside(columns: usize, from: usize) -> __mmask16 {
    let lanes = columns.saturating_sub(from).min(LANES);
    ((1_u32 << lanes) - 1) as __mmask16
}

/// See [`Tile`].
///
/// # Safety
/// As [`TileKernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
unsafe fn tile<const ROWS: usize, const GROUPS: usize, const VECTORS: usize>(tile: &Tile) {
    // SAFETY: the caller promises that the tile's addresses are good; masks keep to its columns.
    unsafe {
        let mut masks = [0; VECTORS];
        for vector in 0..VECTORS {
            masks[vector] = inside(tile.columns, vector * LANES);
        }
        let mut sums = begin::<ROWS, GROUPS, VECTORS>(tile, &masks);
        let mut ahead = tile.ahead;
        let mut b = tile.b;
        for &offset in tile.segments {
            let mut a = tile.a.map(|a| a.wrapping_add(offset));
            for _ in 0..tile.segment_len {
                let mut columns = [_mm512_setzero_ps(); VECTORS];
                for vector in 0..VECTORS {
                    columns[vector] = _mm512_load_ps(b.add(vector * LANES));
                    _mm_prefetch::<_MM_HINT_T0>(b.wrapping_add(AHEAD * PANEL + vector * LANES).cast());
                }
                for group in 0..GROUPS {
                    for row in 0..ROWS {
                        let value = _mm512_set1_ps(*a[group].add(row * tile.a_step));
                        for vector in 0..VECTORS {
                            let sum = &mut sums[group][row][vector];
                            *sum = _mm512_fmadd_ps(value, columns[vector], *sum);
                        }
                    }
                    a[group] = a[group].wrapping_add(1);
                }
                _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
                ahead = ahead.wrapping_add(tile.ahead_step);
                b = b.wrapping_add(PANEL);
            }
        }
        finish(tile, &masks, sums);
    }
}

/// The sums' first values. The lines that they will go to are asked for, to be there when they are stored.
///
/// # Safety
/// As [`TileKernel`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
unsafe fn begin<const ROWS: usize, const GROUPS: usize, const VECTORS: usize>(
    tile: &Tile,
    masks: &[__mmask16; VECTORS],
) -> [[[__m512; VECTORS]; ROWS]; GROUPS] {
    let mut sums = [[[_mm512_setzero_ps(); VECTORS]; ROWS]; GROUPS];
    for group in 0..GROUPS {
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                let c = tile.c[group].wrapping_add(row * tile.c_step + vector * LANES);
                // SAFETY: the caller promises that the output is good, and the mask keeps to its columns;
                // fetching ahead may be from anywhere.
                unsafe {
                    if tile.start == Start::Output {
                        sums[group][row][vector] = _mm512_maskz_loadu_ps(masks[vector], c);
                    } else {
                        _mm_prefetch::<_MM_HINT_ET0>(c.cast());
                    }
                }
            }
        }
    }
    sums
}

/// Bias, residual, clamp and store.
///
/// # Safety
/// As [`TileKernel`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
unsafe fn finish<const ROWS: usize, const GROUPS: usize, const VECTORS: usize>(
    tile: &Tile,
    masks: &[__mmask16; VECTORS],
    sums: [[[__m512; VECTORS]; ROWS]; GROUPS],
) {
    // SAFETY: the caller promises that the tile's addresses are good; masks keep to its columns.
    unsafe {
        let mut bias = [_mm512_setzero_ps(); VECTORS];
        if !tile.bias.is_null() {
            for vector in 0..VECTORS {
                bias[vector] = _mm512_maskz_loadu_ps(masks[vector], tile.bias.add(vector * LANES));
            }
        }
        let low = _mm512_set1_ps(tile.low);
        let high = _mm512_set1_ps(tile.high);
        let has_residual = !tile.residual[0].is_null();
        for group in 0..GROUPS {
            for row in 0..ROWS {
                for vector in 0..VECTORS {
                    let at = row * tile.c_step + vector * LANES;
                    let mut sum = _mm512_add_ps(sums[group][row][vector], bias[vector]);
                    if has_residual {
                        let residual = tile.residual[group].add(at);
                        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(masks[vector], residual));
                    }
                    // With the sum second, these return it when it is a NaN.
                    sum = _mm512_min_ps(high, _mm512_max_ps(low, sum));
                    _mm512_mask_storeu_ps(tile.c[group].add(at), masks[vector], sum);
                }
            }
        }
    }
}

/// See [`Outer`].
///
/// # Safety
/// As [`OuterKernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
unsafe fn outer<const ROWS: usize, const VECTORS: usize>(outer: &Outer) {
    // SAFETY: the caller promises that the tile's addresses are good; masks keep to its columns.
    unsafe {
        let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
        let mut masks = [0; VECTORS];
        for vector in 0..VECTORS {
            masks[vector] = inside(outer.columns, vector * LANES);
        }
        if outer.start == Start::Output {
            for row in 0..ROWS {
                for vector in 0..VECTORS {
                    let out = outer.out.add(row * outer.out_step + vector * LANES);
                    sums[row][vector] = _mm512_maskz_loadu_ps(masks[vector], out);
                }
            }
        }
        for run in outer.runs {
            let mut a = outer.a.wrapping_add(run.a);
            let mut g = outer.g.wrapping_add(run.g_row * PANEL);
            for _ in 0..outer.run_len {
                let mut columns = [_mm512_setzero_ps(); VECTORS];
                for vector in 0..VECTORS {
                    columns[vector] = _mm512_load_ps(g.add(vector * LANES));
                }
                // The next tile down reads the next line of each row.
                _mm_prefetch::<_MM_HINT_T1>(a.wrapping_add(2 * LANES).cast());
                for row in 0..ROWS {
                    let value = _mm512_set1_ps(*a.add(row));
                    for vector in 0..VECTORS {
                        sums[row][vector] = _mm512_fmadd_ps(value, columns[vector], sums[row][vector]);
                    }
                }
                a = a.wrapping_add(outer.a_step);
                g = g.wrapping_add(PANEL);
            }
        }
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                let out = outer.out.add(row * outer.out_step + vector * LANES);
                _mm512_mask_storeu_ps(out, masks[vector], sums[row][vector]);
            }
        }
    }
}

//! Micro-kernels that the compiler vectorises: 4 rows by 8 columns for any machine, 6 by 16 where there are 32
//! registers and a fused multiply-add in the base set of the target (64-bit Arm).

#![expect(clippy::needless_range_loop, reason = "counting to constants keeps the sums in registers")]

use super::tile::{Kernels, Outer, OuterKernel, PANEL, Start, Tile, TileKernel, by_rows};
use crate::isa::{Arithmetic, Fused, Separate};

pub(crate) static KERNELS: Kernels =
    Kernels { group_rows: 4, groups: 1, width: 8, outer_rows: 4, tile: tile_kernel, outer: outer_kernel };

pub(crate) static NEON: Kernels = Kernels {
    group_rows: 6,
    groups: 1,
    width: 16,
    outer_rows: 6,
    tile: neon_tile_kernel,
    outer: neon_outer_kernel,
};

fn tile_kernel(_groups: usize, rows: usize, _columns: usize) -> TileKernel {
    by_rows!(rows, separate_tile, [1 2 3 4])
}

fn outer_kernel(rows: usize, _columns: usize) -> OuterKernel {
    by_rows!(rows, separate_outer, [1 2 3 4])
}

fn neon_tile_kernel(_groups: usize, rows: usize, _columns: usize) -> TileKernel {
    by_rows!(rows, fused_tile, [1 2 3 4 5 6])
}

fn neon_outer_kernel(rows: usize, _columns: usize) -> OuterKernel {
    by_rows!(rows, fused_outer, [1 2 3 4 5 6])
}

macro_rules! with_arithmetic {
    ($arithmetic:ident, $width:literal, $tile:ident, $outer:ident) => {
        /// # Safety
        /// As [`TileKernel`].
        unsafe fn $tile<const ROWS: usize>(work: &Tile) {
            // SAFETY: the caller's promise.
            unsafe { tile::<$arithmetic, ROWS, $width>(work) }
        }

        /// # Safety
        /// As [`OuterKernel`].
        unsafe fn $outer<const ROWS: usize>(work: &Outer) {
            // SAFETY: the caller's promise.
            unsafe { outer::<$arithmetic, ROWS, $width>(work) }
        }
    };
}
with_arithmetic!(Separate, 8, separate_tile, separate_outer);
with_arithmetic!(Fused, 16, fused_tile, fused_outer);

/// The first `count` values from an address, zeros beside them. Whole vectors keep the sums in registers.
///
/// # Safety
/// These values must be readable.
#[inline(always)]
unsafe fn read<const WIDTH: usize>(from: *const f32, count: usize) -> [f32; WIDTH] {
    let mut values = [0.0; WIDTH];
    // SAFETY: the caller's promise; a copy is never longer than the array.
    unsafe { std::ptr::copy_nonoverlapping(from, values.as_mut_ptr(), count.min(WIDTH)) };
    values
}

/// Writes the first `count` values.
///
/// # Safety
/// These values must be writable.
#[inline(always)]
unsafe fn write<const WIDTH: usize>(to: *mut f32, count: usize, values: [f32; WIDTH]) {
    // SAFETY: the caller's promise; a copy is never longer than the array.
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), to, count.min(WIDTH)) };
}

/// See [`Tile`]; one group.
///
/// # Safety
/// As [`TileKernel`].
#[inline(always)]
unsafe fn tile<F: Arithmetic, const ROWS: usize, const WIDTH: usize>(tile: &Tile) {
    let mut sums = [[0.0; WIDTH]; ROWS];
    // SAFETY: the caller promises that the tile's addresses are good.
    unsafe {
        if tile.start == Start::Output {
            for row in 0..ROWS {
                sums[row] = read(tile.c[0].add(row * tile.c_step), tile.columns);
            }
        }
        let mut b = tile.b;
        for &offset in tile.segments {
            for i in offset..offset + tile.segment_len {
                let columns = *b.cast::<[f32; WIDTH]>();
                for row in 0..ROWS {
                    let value = *tile.a[0].add(row * tile.a_step + i);
                    for column in 0..WIDTH {
                        sums[row][column] = F::multiply_add(value, columns[column], sums[row][column]);
                    }
                }
                b = b.wrapping_add(PANEL);
            }
        }
        let mut bias = [0.0; WIDTH];
        if !tile.bias.is_null() {
            bias = read(tile.bias, tile.columns);
        }
        for row in 0..ROWS {
            let at = row * tile.c_step;
            let mut residual = [0.0; WIDTH];
            if !tile.residual[0].is_null() {
                residual = read(tile.residual[0].add(at), tile.columns);
            }
            write(tile.c[0].add(at), tile.columns, finish(tile, sums[row], bias, residual));
        }
    }
}

/// Bias, residual and clamp; a NaN stays one.
#[inline(always)]
fn finish<const WIDTH: usize>(
    tile: &Tile,
    mut sums: [f32; WIDTH],
    bias: [f32; WIDTH],
    residual: [f32; WIDTH],
) -> [f32; WIDTH] {
    for column in 0..WIDTH {
        let sum = sums[column] + bias[column] + residual[column];
        let sum = if tile.low > sum { tile.low } else { sum };
        sums[column] = if tile.high < sum { tile.high } else { sum };
    }
    sums
}

/// See [`Outer`].
///
/// # Safety
/// As [`OuterKernel`].
#[inline(always)]
unsafe fn outer<F: Arithmetic, const ROWS: usize, const WIDTH: usize>(outer: &Outer) {
    let mut sums = [[0.0; WIDTH]; ROWS];
    // SAFETY: the caller promises that the tile's addresses are good.
    unsafe {
        if outer.start == Start::Output {
            for row in 0..ROWS {
                sums[row] = read(outer.out.add(row * outer.out_step), outer.columns);
            }
        }
        for run in outer.runs {
            for i in 0..outer.run_len {
                let columns = *outer.g.add((run.g_row + i) * PANEL).cast::<[f32; WIDTH]>();
                let values = *outer.a.add(run.a + i * outer.a_step).cast::<[f32; ROWS]>();
                for row in 0..ROWS {
                    for column in 0..WIDTH {
                        sums[row][column] = F::multiply_add(values[row], columns[column], sums[row][column]);
                    }
                }
            }
        }
        for row in 0..ROWS {
            write(outer.out.add(row * outer.out_step), outer.columns, sums[row]);
        }
    }
}

//! Neighbouring channels as arrays of a fixed length, which the compiler keeps in vector registers.

use std::ops::Range;

use crate::isa::Arithmetic;

/// `L` neighbouring channels.
pub(crate) type Lanes<const L: usize> = [f32; L];

/// A body that works on blocks of channels of several widths.
pub(crate) trait Blocks {
    /// Works on channels `channel..channel + L`.
    fn block<const L: usize>(&mut self, channel: usize);
}

/// Walks over some channels: blocks of 16, then of 4, then one by one.
#[inline(always)]
pub(crate) fn for_each_block(channels: Range<usize>, blocks: &mut impl Blocks) {
    let mut channel = channels.start;
    while channel + 16 <= channels.end {
        blocks.block::<16>(channel);
        channel += 16;
    }
    while channel + 4 <= channels.end {
        blocks.block::<4>(channel);
        channel += 4;
    }
    while channel < channels.end {
        blocks.block::<1>(channel);
        channel += 1;
    }
}

/// `x[at..at + L]`
#[inline(always)]
pub(crate) fn load<const L: usize>(x: &[f32], at: usize) -> Lanes<L> {
    let mut lanes = [0.0; L];
    lanes.copy_from_slice(&x[at..at + L]);
    lanes
}

/// `y[at..at + L] = lanes`
#[inline(always)]
pub(crate) fn store<const L: usize>(lanes: Lanes<L>, y: &mut [f32], at: usize) {
    y[at..at + L].copy_from_slice(&lanes);
}

/// [`load`] without a check.
///
/// # Safety
/// `x` points at `L` floats that nobody writes meanwhile.
#[inline(always)]
pub(crate) unsafe fn read<const L: usize>(x: *const f32) -> Lanes<L> {
    // SAFETY: the caller's promise; an array of floats has a float's alignment.
    unsafe { x.cast::<Lanes<L>>().read() }
}

/// [`store`] without a check.
///
/// # Safety
/// `y` points at `L` floats that nobody else uses meanwhile.
#[inline(always)]
pub(crate) unsafe fn write<const L: usize>(lanes: Lanes<L>, y: *mut f32) {
    // SAFETY: the caller's promise; an array of floats has a float's alignment.
    unsafe { y.cast::<Lanes<L>>().write(lanes) }
}

/// As [`write`], past the caches where the machine can: for more than they hold. [`settle_writes`] must follow before
/// another thread reads them.
///
/// # Safety
/// As [`write`], and `y` begins on a cache line.
#[inline(always)]
pub(crate) unsafe fn write_past<const L: usize>(lanes: Lanes<L>, y: *mut f32) {
    #[cfg(target_arch = "x86_64")]
    for (nth, four) in lanes.chunks_exact(4).enumerate() {
        use std::arch::x86_64::{_mm_loadu_ps, _mm_stream_ps};
        // SAFETY: the caller's promise; four floats on 16 bytes. Every x86-64 has these instructions.
        unsafe { _mm_stream_ps(y.add(4 * nth), _mm_loadu_ps(four.as_ptr())) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: the caller's promise.
    unsafe {
        write(lanes, y)
    };
}

/// Makes what [`write_past`] wrote on this thread ready for others.
pub(crate) fn settle_writes() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has this instruction.
    unsafe {
        std::arch::x86_64::_mm_sfence()
    };
}

/// `a + b`
#[inline(always)]
pub(crate) fn add<const L: usize>(mut a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
    for lane in 0..L {
        a[lane] += b[lane];
    }
    a
}

/// `a * b + c`
#[inline(always)]
pub(crate) fn multiply_add<F: Arithmetic, const L: usize>(
    a: Lanes<L>,
    b: Lanes<L>,
    mut c: Lanes<L>,
) -> Lanes<L> {
    for lane in 0..L {
        c[lane] = F::multiply_add(a[lane], b[lane], c[lane]);
    }
    c
}

/// `min(max(x, low), high)`, and NaN for NaN.
#[inline(always)]
pub(crate) fn clamp<const L: usize>(mut x: Lanes<L>, low: f32, high: f32) -> Lanes<L> {
    for value in &mut x {
        let above = if *value < low { low } else { *value };
        *value = if above > high { high } else { above };
    }
    x
}

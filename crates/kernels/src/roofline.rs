//! What the machine could do at most: multiply-adds in registers, and bytes to and from memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::{Isa, Level, Pool, Write, elementwise};

/// Multiply-adds of each sum in one call.
const STEPS: usize = 100_000;
/// Independent sums: enough to hide the latency of each, few enough for the registers.
const CHAINS: usize = 12;
/// Floats of the copied buffer: beyond the private caches of any processor.
const COPIED: usize = 1 << 24;

/// Floating-point operations a second of multiply-adds on registers alone, on every thread of the pool.
///
/// The best of as many calls as `time` allows, at least one.
pub fn peak_operations(pool: &Pool, time: Duration) -> f64 {
    let isa = pool.isa();
    let operations = (2 * STEPS * CHAINS * lanes(isa) * pool.threads()) as f64;
    let chains = |_| {
        black_box(multiply_adds(isa));
    };
    operations / best_of(time, || pool.run(pool.threads(), chains))
}

/// Bytes a second, read and written, of a copy from memory to memory on every thread of the pool.
///
/// The best of as many calls as `time` allows, at least one.
pub fn copy_bandwidth(pool: &Pool, time: Duration) -> f64 {
    let (from, mut to) = (vec![1.0; COPIED], vec![0.0; COPIED]);
    let seconds = best_of(time, || elementwise::copy(pool, black_box(&from), Write::Set, &mut to));
    (2 * COPIED * size_of::<f32>()) as f64 / seconds
}

/// Floats in one register.
fn lanes(isa: Isa) -> usize {
    match isa.level() {
        Level::Avx512 => 16,
        Level::Avx2 => 8,
        Level::Neon | Level::Portable => 4,
    }
}

fn best_of(time: Duration, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut best = f64::INFINITY;
    while best.is_infinite() || begun.elapsed() < time {
        let call = Instant::now();
        work();
        best = best.min(call.elapsed().as_secs_f64());
    }
    best
}

/// Chains of multiply-adds that hide each other's latency; the sum of all lanes, which tends to their number.
fn multiply_adds(isa: Isa) -> f32 {
    match isa.level() {
        // SAFETY: an `Isa` of this level exists only on machines that support it.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::avx512() },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::avx2() },
        _ => portable(),
    }
}

fn portable() -> f32 {
    let factor = black_box(0.5_f32);
    let mut sums = [0.0_f32; CHAINS * 4];
    for _ in 0..STEPS {
        sums.iter_mut().for_each(|sum| *sum = *sum * factor + factor);
    }
    sums.iter().sum()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    use super::{CHAINS, STEPS};

    #[target_feature(enable = "avx512f")]
    pub(super) fn avx512() -> f32 {
        let factor = _mm512_set1_ps(black_box(0.5));
        let mut sums = [_mm512_setzero_ps(); CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(factor, *sum, factor);
            }
        }
        sums.into_iter().map(|sum| _mm512_reduce_add_ps(sum)).sum()
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn avx2() -> f32 {
        let factor = _mm256_set1_ps(black_box(0.5));
        let mut sums = [_mm256_setzero_ps(); CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(factor, *sum, factor);
            }
        }
        // Every lane holds the same.
        8.0 * sums.into_iter().map(|sum| _mm256_cvtss_f32(sum)).sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_converge_to_one_a_lane() {
        for isa in Isa::available() {
            assert_eq!(multiply_adds(isa), (CHAINS * lanes(isa)) as f32, "{isa:?}");
        }
    }

    #[test]
    fn rates_are_numbers() {
        let pool = Pool::new(1);
        assert!(peak_operations(&pool, Duration::ZERO).is_normal());
        assert!(copy_bandwidth(&pool, Duration::ZERO).is_normal());
    }
}

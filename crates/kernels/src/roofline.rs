//! What the machine could do at most: multiply-adds in registers, and bytes to and from memory.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Isa, Level, Pool, Write, elementwise};

/// Multiply-adds of each sum in one call.
const STEPS: usize = 100_000;
/// Independent sums: enough to hide the latency of each, few enough for the registers.
const CHAINS: usize = 12;
/// Floats of the copied buffer: beyond the private caches of any processor.
const COPIED: usize = 1 << 24;
/// A measurement is cut in so many windows, and the best counts: whatever else the machine does takes one or another
/// of them, seldom all.
const WINDOWS: u32 = 8;
/// How long a thread waits for the others before it begins without them.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// Floating-point operations a second of multiply-adds on registers alone, on every thread of the pool.
///
/// The best of eight windows, which take `time` together; each begins when every thread is there.
pub fn peak_operations(pool: &Pool, time: Duration) -> f64 {
    let operations = (2 * STEPS * CHAINS * lanes(pool.isa())) as f64;
    best_of(|| operations * calls_per_second(pool, time / WINDOWS))
}

/// Bytes a second, read and written, of a copy from memory to memory on every thread of the pool.
///
/// The best copy in eight windows, which take `time` together, after one that is not timed and touches every page.
pub fn copy_bandwidth(pool: &Pool, time: Duration) -> f64 {
    let (from, mut to) = (vec![1.0; COPIED], vec![0.0; COPIED]);
    let mut copy = || {
        let begun = Instant::now();
        elementwise::copy(pool, black_box(&from), Write::Set, &mut to);
        begun.elapsed().as_secs_f64()
    };
    copy();
    let bytes = (2 * COPIED * size_of::<f32>()) as f64;
    best_of(|| {
        let begun = Instant::now();
        let mut least = copy();
        while begun.elapsed() < time / WINDOWS {
            least = least.min(copy());
        }
        bytes / least
    })
}

fn best_of(rate: impl FnMut() -> f64) -> f64 {
    std::iter::repeat_with(rate).take(WINDOWS as usize).fold(0.0, f64::max)
}

/// Calls of [`multiply_adds`] a second on all threads together, each of which computes for `window`.
fn calls_per_second(pool: &Pool, window: Duration) -> f64 {
    let (threads, isa) = (pool.threads(), pool.isa());
    let (arrived, spans) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    pool.run(threads, |_| {
        wait_for(&arrived, threads);
        let begun = Instant::now();
        let mut calls = 0_u32;
        while calls == 0 || begun.elapsed() < window {
            black_box(multiply_adds(isa));
            calls += 1;
        }
        let span = (begun, Instant::now(), calls);
        spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    });
    let spans = spans.into_inner().unwrap_or_else(PoisonError::into_inner);
    // From the first start to the last end: pieces that ran one after the other don't count as if side by side.
    let begun = spans.iter().map(|(begun, _, _)| *begun).min();
    let ended = spans.iter().map(|(_, ended, _)| *ended).max();
    let seconds = begun.zip(ended).map_or(f64::INFINITY, |(begun, ended)| (ended - begun).as_secs_f64());
    f64::from(spans.iter().map(|(_, _, calls)| calls).sum::<u32>()) / seconds
}

/// Returns when all `threads` have called it, or after a while where one of them does not come.
fn wait_for(arrived: &AtomicUsize, threads: usize) {
    arrived.fetch_add(1, Ordering::Relaxed);
    let begun = Instant::now();
    while arrived.load(Ordering::Relaxed) < threads && begun.elapsed() < LONGEST_WAIT {
        std::hint::spin_loop();
    }
}

/// Floats in one register.
fn lanes(isa: Isa) -> usize {
    match isa.level() {
        Level::Avx512 => 16,
        Level::Avx2 => 8,
        Level::Neon | Level::Portable => 4,
    }
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

    /// A pool that is slow to wake its threads, or that has one piece wait for another, must not hang.
    #[test]
    fn a_thread_that_does_not_come_is_not_waited_for_forever() {
        let begun = Instant::now();
        wait_for(&AtomicUsize::new(0), 2);
        assert!(begun.elapsed() >= LONGEST_WAIT);
        assert!(peak_operations(&Pool::new(3), Duration::ZERO).is_normal());
    }
}

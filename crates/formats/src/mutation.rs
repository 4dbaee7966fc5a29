//! Damages bytes at random, for tests of readers: whatever comes out, nothing may panic, take long or take much memory.

use std::time::{Duration, Instant};

use kernels::allocations::Counting;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[global_allocator]
static MEMORY: Counting = Counting;

/// No input may keep a reader busy for longer.
const LIMIT: Duration = Duration::from_secs(1);
/// Memory that any input may take, and how much more for each of its bytes: whole files of zeros may grow a little.
const FREE_BYTES: usize = 256 << 20;
const BYTES_A_BYTE: usize = 64;

/// Runs `read` on `original` and `count` damaged copies of it, the same ones every time; gives how many that were.
#[track_caller]
pub(crate) fn survives(original: &[u8], count: u64, read: impl Fn(&[u8])) -> u64 {
    let limited = |bytes: &[u8], index: u64| {
        let start = Instant::now();
        let most = Counting::most_bytes_during(|| read(bytes));
        assert!(start.elapsed() < LIMIT, "input {index} took {:?}", start.elapsed());
        let allowed = FREE_BYTES + BYTES_A_BYTE * bytes.len();
        assert!(most <= allowed, "input {index} of {} bytes took {most} bytes of memory", bytes.len());
    };
    limited(original, 0);
    for index in 0..count {
        let mut rng = ChaCha8Rng::seed_from_u64(1758);
        rng.set_stream(index);
        limited(&damaged(original, &mut rng), index + 1);
    }
    count + 1
}

fn damaged(original: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        if bytes.len() < 16 {
            break;
        }
        let at = rng.random_range(0..bytes.len() - 8);
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => bytes[at..at + 8].copy_from_slice(&[0xFF; 8]),
            // A plausible address or size.
            3 => bytes[at..at + 8].copy_from_slice(&rng.random_range(0..original.len() as u64).to_le_bytes()),
            4 => bytes.truncate(at + 8),
            _ => {
                let from = rng.random_range(0..bytes.len() - 8);
                bytes.copy_within(from..from + 8, at);
            }
        }
    }
    bytes
}

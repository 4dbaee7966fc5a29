//! Damages bytes at random, for tests of readers: whatever comes out, nothing may panic or take long.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Runs `read` on `count` damaged copies of `original`; the same ones every time.
pub(crate) fn survives(original: &[u8], count: u64, read: impl Fn(&[u8])) {
    read(original);
    for index in 0..count {
        let mut rng = ChaCha8Rng::seed_from_u64(1758);
        rng.set_stream(index);
        read(&damaged(original, &mut rng));
    }
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

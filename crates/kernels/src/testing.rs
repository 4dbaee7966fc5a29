//! What the tests of all kernels share: seeded values, a pool for each instruction set, comparison.

use crate::{Isa, Pool};

/// A linear congruential generator (Knuth's MMIX constants).
pub(crate) struct Lcg(u64);

impl Lcg {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From -1 to 1.
    pub(crate) fn value(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }

    pub(crate) fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.value()).collect()
    }
}

/// A pool of two threads for each instruction set of this machine.
pub(crate) fn pools() -> Vec<Pool> {
    Isa::available().map(|isa| Pool::with_isa(2, isa)).collect()
}

/// Panics unless each value is within `tolerance` of the expected one, relative to the largest of them (or to 1).
pub(crate) fn assert_close(values: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(values.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
    for (i, (value, expected)) in values.iter().zip(expected).enumerate() {
        let off = (f64::from(*value) - expected).abs();
        assert!(off <= tolerance * scale, "{what}: at {i} {value} instead of {expected}");
    }
}

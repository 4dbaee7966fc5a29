//! Random numbers that are a pure function of (seed, purpose, epoch, index).
//!
//! ChaCha8 whose key holds the four numbers, so that no stream overlaps another and none depends on
//! which thread asks first.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::Sample;

/// What the numbers are for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Split = 1,
    Order = 2,
    Augment = 3,
    Shards = 4,
    Mix = 8,
    Sampling = 9,
    Segments = 10,
}

/// Puts the pictures of a set in random order, for files that are read one after the other.
pub fn shuffle(samples: &mut [Sample], seed: u64) {
    Random::new(seed, Purpose::Shards, 0, 0).shuffle(samples);
}

/// A stream of random numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> Self {
        let mut key = [0; 32];
        for (bytes, number) in key.chunks_exact_mut(8).zip([seed, purpose as u64, epoch, index]) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Evenly between 0 and 1, neither of them included.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// True in this part of all cases.
    pub(crate) fn chance(&mut self, part: f32) -> bool {
        self.between(0.0, 1.0) < part
    }

    /// One of `count` numbers from 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.0.next_u32()) * count as u64) >> 32) as usize
    }

    /// Evenly in `low..high`, in steps of 2⁻²⁴ of the width.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.0.next_u32() >> 8) as f32 / (1 << 24) as f32)
    }

    /// A stream of its own, which begins where this one stands and has another key.
    pub(crate) fn fork(&mut self) -> Self {
        let mut key = [0; 32];
        self.0.fill_bytes(&mut key);
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Nearly normal with a deviation of 1: the sum of four even numbers, which never is beyond ± 3.5.
    pub(crate) fn normal(&mut self) -> f32 {
        let bits = self.0.next_u64();
        let sum: u32 = [0, 16, 32, 48].map(|shift| (bits >> shift) as u32 & 0xffff).iter().sum();
        // A sum of four has the mean 2 and the variance 1/3.
        (sum as f32 * (1.0 / 65_536.0) - 2.0) * 1.732_050_8
    }

    /// True half of the time.
    pub(crate) fn coin(&mut self) -> bool {
        self.0.next_u32() >> 31 == 1
    }

    /// Puts `items` in random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            // The bias of a 64-bit multiply is below 2⁻³² for any list that fits in memory.
            let pick = (u128::from(self.0.next_u64()) * (last as u128 + 1)) >> 64;
            items.swap(last, pick as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, epoch, index| Random::new(seed, Purpose::Augment, epoch, index).between(0.0, 1.0);
        assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
        let all = [draw(0, 0, 0), draw(1, 0, 0), draw(0, 1, 0), draw(0, 0, 1)];
        for (i, a) in all.iter().enumerate() {
            assert!((0.0..1.0).contains(a));
            assert!(all[..i].iter().all(|b| a != b), "{all:?}");
        }
    }

    #[test]
    fn shuffling_is_fair() {
        // Where each of four items lands, over 4000 shuffles: 1000 expected, standard deviation 27.
        let mut landed = [[0_u32; 4]; 4];
        for index in 0..4000 {
            let mut items = [0, 1, 2, 3];
            Random::new(7, Purpose::Order, 0, index).shuffle(&mut items);
            for (place, item) in items.iter().enumerate() {
                landed[*item][place] += 1;
            }
        }
        assert!(landed.iter().flatten().all(|count| (870..1130).contains(count)), "{landed:?}");
    }
}

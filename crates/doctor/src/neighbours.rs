//! Finds hashes that differ in a few bits without comparing each with each.
//!
//! 64 bits are four bands of 16. Two hashes that differ in at most 11 bits differ in at most 2 of one of the bands
//! (four times 3 would be 12), so it is enough to look into the buckets of the 137 values that are that near in each
//! band; of at most 7 bits, into those of 17 values.
//! After M. Norouzi, A. Punjani and D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing" (2012).

use crate::hash::Hash;

/// The most bits in which the hashes of pictures differ that may look the same.
pub(crate) const RADIUS: u32 = 11;
/// The same for one that was mirrored or turned: nearer, since there are so many more pairs of those.
pub(crate) const TURNED_RADIUS: u32 = 7;
const BANDS: usize = 4;
const VALUES: usize = 1 << 16;

/// Hashes that can be looked for.
pub(crate) struct Neighbours {
    /// `[band, value]`: who has that value there.
    buckets: Vec<Vec<u32>>,
    hashes: Vec<(Hash, usize)>,
    /// Values with no, one or two bits set, in this order.
    changes: Vec<u16>,
}

impl Neighbours {
    pub(crate) fn new() -> Self {
        let nearest = nearest(RADIUS);
        let mut changes: Vec<u16> = (0..=u16::MAX).filter(|change| change.count_ones() <= nearest).collect();
        changes.sort_by_key(|change| change.count_ones());
        Self { buckets: vec![Vec::new(); BANDS * VALUES], hashes: Vec::new(), changes }
    }

    /// Adds the hash of picture `number`.
    pub(crate) fn insert(&mut self, hash: Hash, number: usize) {
        let place = self.hashes.len() as u32;
        self.hashes.push((hash, number));
        for band in 0..BANDS {
            self.buckets[band * VALUES + usize::from(value(hash, band))].push(place);
        }
    }

    /// Calls `found` with the picture of each hash that differs from `hash` in `radius` bits at most, once. It is
    /// [`RADIUS`] or less.
    pub(crate) fn around(&self, (hash, radius): (Hash, u32), mut found: impl FnMut(Hash, usize)) {
        let nearest = nearest(radius);
        let changes = self.changes.partition_point(|change| change.count_ones() <= nearest);
        for band in 0..BANDS {
            for change in &self.changes[..changes] {
                let bucket = &self.buckets[band * VALUES + usize::from(value(hash, band) ^ change)];
                for (other, number) in bucket.iter().map(|place| self.hashes[*place as usize]) {
                    let seen = |band: usize| (value(hash, band) ^ value(other, band)).count_ones() <= nearest;
                    if hash.distance(other) <= radius && !(0..band).any(seen) {
                        found(other, number);
                    }
                }
            }
        }
    }
}

/// The most bits in which hashes with a distance of `radius` differ in the band in which they are nearest.
fn nearest(radius: u32) -> u32 {
    radius / BANDS as u32
}

/// What a hash has in a band.
fn value(hash: Hash, band: usize) -> u16 {
    (hash.0 >> (16 * band)) as u16
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn it_finds_what_comparing_each_with_each_finds() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut hashes: Vec<Hash> = Vec::new();
        // Clusters: each hash is an earlier one with 0 to 16 bits changed.
        for number in 0..600 {
            let mut bits = if number % 10 == 0 { random.next_u64() } else { hashes[number / 2].0 };
            for _ in 0..random.next_u32() % 17 {
                bits ^= 1 << (random.next_u32() % 64);
            }
            hashes.push(Hash(bits));
        }
        for (radius, least) in [(RADIUS, 500), (TURNED_RADIUS, 250), (0, 20)] {
            let mut neighbours = Neighbours::new();
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            for (number, hash) in hashes.iter().enumerate() {
                neighbours.around((*hash, radius), |_, other| fast.push((number, other)));
                neighbours.insert(*hash, number);
                let near = |other: &usize| hash.distance(hashes[*other]) <= radius;
                plain.extend((0..number).filter(near).map(|other| (number, other)));
            }
            fast.sort_unstable();
            assert_eq!(fast, plain);
            assert!(plain.len() > least, "{radius}: {}", plain.len());
        }
    }
}

//! The training part in pieces that fit in memory, each with its share of every class.

use std::collections::BTreeMap;

use crate::random::{Purpose, Random};

/// Into how many segments the pictures are shared out, and how long training stays on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// All pictures are one segment where it is 1.
    pub count: usize,
    /// How many times training goes through a segment before the next.
    pub epochs: usize,
}

impl Default for Segments {
    fn default() -> Self {
        Self { count: 1, epochs: 1 }
    }
}

impl Segments {
    /// The most pictures in a segment, of `pictures` in all.
    pub fn largest(&self, pictures: usize) -> usize {
        pictures.div_ceil(self.count.max(1))
    }

    pub(super) fn count(&self) -> u64 {
        self.count.max(1) as u64
    }

    /// Times through a segment in a stay. On all pictures each time is a stay.
    pub(super) fn stay(&self) -> u64 {
        if self.count > 1 { self.epochs.max(1) as u64 } else { 1 }
    }

    /// The pictures of each segment in `round`, in order. Sizes differ by one at most, and so do those of each class.
    pub(super) fn share(&self, labels: &[u32], seed: u64, round: u64) -> Vec<Vec<u32>> {
        let pictures = 0..labels.len() as u32;
        if self.count <= 1 {
            return vec![pictures.collect()];
        }
        let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        pictures.for_each(|picture| classes.entry(labels[picture as usize]).or_default().push(picture));
        let mut segments = vec![Vec::with_capacity(self.largest(labels.len())); self.count];
        let mut next = (0..self.count).cycle();
        for (label, mut pictures) in classes {
            Random::new(seed, Purpose::Segments, round, label.into()).shuffle(&mut pictures);
            // Dealt out like cards, on from where the class before ended.
            pictures
                .into_iter()
                .zip(&mut next)
                .for_each(|(picture, segment)| segments[segment].push(picture));
        }
        segments.iter_mut().for_each(|segment| segment.sort_unstable());
        segments
    }
}

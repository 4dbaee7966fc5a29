//! Each class equally often: of `C` classes, class `c` has `⌊((t+1)·n + c) / C⌋ − ⌊(t·n + c) / C⌋` of the `n` turns of
//! pass `t`. By Hermite's identity these are `n` together, and over the passes no class gets ahead by more than one.
//!
//! The turns of a class go on through its pictures, in another order each time through.

use std::collections::BTreeMap;

use super::{Sampler, Turn};
use crate::random::{Purpose, Random};

impl Sampler {
    /// The turns of a pass over `members`, class by class: positions in `members`, and how often each came before in
    /// this pass.
    pub(super) fn balanced(&self, members: &[u32], turn: Turn, stay: u64) -> Vec<(u32, u32)> {
        let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (slot, member) in members.iter().enumerate() {
            classes.entry(self.labels[*member as usize]).or_default().push(slot as u32);
        }
        // All pictures as one segment are one stay without end; other stays begin their classes anew.
        let whole = self.segments.count() == 1;
        let (time, stay) = if whole { (turn.round, 0) } else { (turn.repetition, stay) };
        let (pictures, count) = (members.len() as u64, classes.len() as u64);
        let mut turns = Vec::with_capacity(members.len());
        for (number, (label, slots)) in (0..).zip(&classes) {
            let [from, to] = [time, time + 1].map(|time| (time * pictures + number) / count);
            let length = slots.len() as u64;
            let first = from / length;
            for times in first..to.div_ceil(length) {
                let mut slots = slots.clone();
                Random::new(self.seed, Purpose::Sampling, times, stay << 32 | u64::from(*label))
                    .shuffle(&mut slots);
                let start = times * length;
                let range = from.saturating_sub(start) as usize..(to.min(start + length) - start) as usize;
                turns.extend(slots[range].iter().map(|&slot| (slot, (times - first) as u32)));
            }
        }
        turns
    }
}

//! Which pictures training takes, one after the other without end: a pure function of the seed and the place.
//!
//! Place `p` is in pass `p / N` of `N` pictures. In segments, a round of `E · N` places goes through each segment `E`
//! times before it comes to the next, so that after `E` epochs every picture was taken `E` times.

mod balanced;
mod segments;

use std::ops::Range;

use crate::draw::{Draw, Seat};
use crate::random::{Purpose, Random};

pub use segments::Segments;

/// How often each picture is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sampling {
    /// Once in a pass.
    #[default]
    Uniform,
    /// So that each class is taken equally often in a pass, which has as many turns as pictures: of a class with more
    /// pictures than its share, others each time; of one with fewer, all again and again.
    Balanced,
}

/// The order in which the pictures of a training part come.
#[derive(Debug, Clone)]
pub struct Sampler {
    labels: Vec<u32>,
    seed: u64,
    sampling: Sampling,
    segments: Segments,
}

/// A time through the pictures of a segment.
#[derive(Debug, Clone, Copy)]
struct Turn {
    round: u64,
    segment: u64,
    /// Of the times in this stay.
    repetition: u64,
}

impl Sampler {
    /// For pictures of these classes, each once in a pass.
    pub fn new(labels: Vec<u32>, seed: u64) -> Self {
        Self { labels, seed, sampling: Sampling::default(), segments: Segments::default() }
    }

    /// Taken as `sampling` says, and in segments.
    pub fn with(self, sampling: Sampling, segments: Segments) -> Self {
        Self { sampling, segments, ..self }
    }

    /// How many pictures it goes through.
    pub fn pictures(&self) -> usize {
        self.labels.len()
    }

    /// What comes at these places.
    pub fn draws(&self, places: Range<u64>) -> Vec<Draw> {
        let mut draws = Vec::with_capacity(places.end.saturating_sub(places.start) as usize);
        let round = self.labels.len() as u64 * self.segments.stay();
        // Without pictures there is no round.
        if let Some(first) = places.start.checked_div(round) {
            (first..places.end.div_ceil(round)).for_each(|number| self.round(number, &places, &mut draws));
        }
        draws
    }

    /// Appends what of a round lies at `places`.
    fn round(&self, round: u64, places: &Range<u64>, draws: &mut Vec<Draw>) {
        let mut start = round * self.labels.len() as u64 * self.segments.stay();
        for (segment, members) in self.segments.share(&self.labels, self.seed, round).iter().enumerate() {
            for repetition in 0..self.segments.stay() {
                let end = start + members.len() as u64;
                if start < places.end && places.start < end {
                    let pass = self.pass(members, Turn { round, segment: segment as u64, repetition });
                    let first = places.start.saturating_sub(start) as usize;
                    draws.extend_from_slice(&pass[first..(places.end.min(end) - start) as usize]);
                }
                start = end;
            }
        }
    }

    /// Once through the pictures `members`, at random.
    fn pass(&self, members: &[u32], turn: Turn) -> Vec<Draw> {
        // Counted from 1, as the epochs that the passes are where all pictures are one segment.
        let epoch = turn.round * self.segments.stay() + turn.repetition + 1;
        let stay = turn.round * self.segments.count() + turn.segment;
        let draw = |slot: u32| {
            let seat = (self.segments.count() > 1).then_some(Seat { slot, stay: stay as u32 });
            Draw::new(members[slot as usize] as usize, epoch).seated(seat)
        };
        let mut draws: Vec<Draw> = match self.sampling {
            Sampling::Uniform => (0..members.len() as u32).map(draw).collect(),
            Sampling::Balanced => {
                let turns = self.balanced(members, turn, stay);
                turns.into_iter().map(|(slot, copy)| draw(slot).copy(copy)).collect()
            }
        };
        Random::new(self.seed, Purpose::Order, epoch, turn.segment).shuffle(&mut draws);
        draws
    }
}

#[cfg(test)]
mod tests;

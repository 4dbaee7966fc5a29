//! Where buffers lie in the arena: those that never live at the same time may share a place.

use crate::arena::{Arena, BufferId, LINE, Place};
use crate::{Error, ErrorKind, Result};

/// From the first moment a buffer is written to the last that reads it, both counted in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// The lives of all buffers, gathered as the plan's steps are walked in the order they run.
pub(crate) struct Lives(Vec<Option<Life>>);

impl Lives {
    pub(crate) fn new(buffers: usize) -> Self {
        Self(vec![None; buffers])
    }

    /// `buffer` is written or read at `moment`.
    pub(crate) fn touch(&mut self, buffer: BufferId, moment: usize) {
        let life = self.0[buffer.0].get_or_insert(Life { first: moment, last: moment });
        life.first = life.first.min(moment);
        life.last = life.last.max(moment);
    }

    /// An arena for batches up to `batch`: the largest buffers first, each in the lowest gap that is free all its life.
    pub(crate) fn place(&self, per_picture: &[usize], batch: usize) -> Result<Arena> {
        let most = per_picture.iter().copied().max().unwrap_or(0).saturating_mul(batch);
        if most > MOST_FLOATS {
            return Err(too_large(batch, most));
        }
        let floats = |index: usize| per_picture[index].saturating_mul(batch).next_multiple_of(LINE);
        let mut order: Vec<usize> = (0..per_picture.len()).filter(|&i| self.0[i].is_some()).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(per_picture[i]), i));
        let mut places: Vec<Place> =
            per_picture.iter().map(|&n| Place { offset: 0, per_picture: n }).collect();
        let mut placed: Vec<usize> = Vec::new();
        let mut total = 0usize;
        for index in order {
            let mut taken: Vec<(usize, usize)> = placed
                .iter()
                .filter(|&&other| self.meet(index, other))
                .map(|&other| (places[other].offset, places[other].offset + floats(other)))
                .collect();
            taken.sort_unstable();
            let mut offset = 0;
            for (start, end) in taken {
                if offset + floats(index) <= start {
                    break;
                }
                offset = offset.max(end);
            }
            places[index].offset = offset;
            total = total.max(offset.saturating_add(floats(index)));
            placed.push(index);
        }
        if total > MOST_FLOATS {
            return Err(too_large(batch, total));
        }
        Arena::new(total, places).ok_or_else(|| too_large(batch, total))
    }

    fn meet(&self, a: usize, b: usize) -> bool {
        match (self.0[a], self.0[b]) {
            (Some(a), Some(b)) => a.first <= b.last && b.first <= a.last,
            _ => false,
        }
    }
}

fn too_large(batch: usize, floats: usize) -> Error {
    let gibibytes = floats as f64 * 4.0 / (1u64 << 30) as f64;
    let message = format!(
        "a batch of {batch} needs {gibibytes:.0} GiB of buffers: use a smaller batch or smaller pictures"
    );
    Error::new(ErrorKind::Memory, message)
}

/// 1 TiB: no machine this is for has more, and sums of such sizes do not overflow.
const MOST_FLOATS: usize = 1 << 38;

/// The arena of a plan without backward. `input` is written before the first step, `kept` are read after the last.
pub(crate) fn place_forward(
    steps: &[Box<dyn crate::ops::Step>],
    per_picture: &[usize],
    input: BufferId,
    kept: &[BufferId],
    batch: usize,
) -> Result<Arena> {
    let mut lives = Lives::new(per_picture.len());
    lives.touch(input, 0);
    for (moment, step) in steps.iter().enumerate() {
        step.touched().into_iter().for_each(|buffer| lives.touch(buffer, moment + 1));
    }
    kept.iter().for_each(|&buffer| lives.touch(buffer, steps.len() + 1));
    lives.place(per_picture, batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_needs_two_places_only() {
        let mut lives = Lives::new(5);
        for i in 0..5 {
            lives.touch(BufferId(i), i);
            lives.touch(BufferId(i), i + 1);
        }
        let arena = lives.place(&[64; 5], 2).unwrap();
        assert_eq!(arena.bytes(), (2 * 128 + LINE) * 4);
    }

    #[test]
    fn a_batch_beyond_any_machine_is_an_error() {
        let mut lives = Lives::new(1);
        lives.touch(BufferId(0), 0);
        assert!(lives.place(&[1 << 30], 1 << 20).is_err());
    }
}

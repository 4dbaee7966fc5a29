//! One allocation for all the buffers of a plan, and who lies where.

use std::ops::Range;

/// A buffer of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BufferId(pub(crate) usize);

/// Where a buffer lies, and how many values it has for each picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) offset: usize,
    pub(crate) per_picture: usize,
}

/// The values of all buffers. Two buffers may share a place when they never live at the same time.
pub(crate) struct Arena {
    values: Vec<f32>,
    /// The first value that starts a cache line.
    start: usize,
    places: Vec<Place>,
}

/// Buffers start at cache lines, so that no vector load crosses one.
pub(crate) const LINE: usize = 16;

/// From so many floats on, 64 MiB, huge pages pay.
const LARGE: usize = 1 << 24;

/// How many of `pictures` fit into a batch of at most `most`. Kernels take no batch without a picture.
pub(crate) fn checked_batch(pictures: usize, most: usize) -> usize {
    assert!(pictures > 0, "a batch has one picture at least");
    pictures.min(most)
}

impl Arena {
    /// `None` when there is not so much memory.
    pub(crate) fn new(floats: usize, places: Vec<Place>) -> Option<Self> {
        // Asked for first, since `vec!` would end the process; it gets pages that the system zeroes when they are used.
        Vec::<f32>::new().try_reserve_exact(floats + LINE).ok()?;
        let mut values = vec![0.0; floats + LINE];
        if floats >= LARGE {
            kernels::huge_pages::prefer(&mut values);
        }
        let start = values.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Some(Self { values, start, places })
    }

    fn range(&self, id: BufferId, batch: usize) -> Range<usize> {
        let place = self.places[id.0];
        let start = self.start + place.offset;
        start..start + place.per_picture * batch
    }

    /// What `id` holds for the first `batch` pictures.
    pub(crate) fn get(&self, id: BufferId, batch: usize) -> &[f32] {
        &self.values[self.range(id, batch)]
    }

    pub(crate) fn get_mut(&mut self, id: BufferId, batch: usize) -> &mut [f32] {
        let range = self.range(id, batch);
        &mut self.values[range]
    }

    /// Several buffers to read beside one to write, which overlaps none of them.
    pub(crate) fn split<const R: usize>(
        &mut self,
        batch: usize,
        reads: [BufferId; R],
        write: BufferId,
    ) -> ([&[f32]; R], &mut [f32]) {
        let ranges = reads.map(|id| self.range(id, batch));
        let target = self.range(write, batch);
        let (before, rest) = self.values.split_at_mut(target.start);
        let (written, after) = rest.split_at_mut(target.len());
        let (before, after): (&[f32], &[f32]) = (before, after);
        let reads = ranges.map(|r| match r.start < target.start {
            true => &before[r],
            false => &after[r.start - target.end..r.end - target.end],
        });
        (reads, written)
    }

    /// Several buffers, all of them to write; they live at the same time, so that none overlaps another.
    pub(crate) fn get_disjoint_mut<const N: usize>(
        &mut self,
        batch: usize,
        ids: [BufferId; N],
    ) -> [&mut [f32]; N] {
        let ranges = ids.map(|id| self.range(id, batch));
        match self.values.get_disjoint_mut(ranges) {
            Ok(buffers) => buffers,
            Err(error) => unreachable!("buffers of one step share a place: {error}"),
        }
    }

    /// As [`split`](Self::split) with two buffers to write, which do not overlap.
    pub(crate) fn split_two<const R: usize>(
        &mut self,
        batch: usize,
        reads: [BufferId; R],
        writes: [BufferId; 2],
    ) -> ([&[f32]; R], [&mut [f32]; 2]) {
        let ranges = reads.map(|id| self.range(id, batch));
        let [one, other] = writes.map(|id| self.range(id, batch));
        let swapped = other.start < one.start;
        let (low, high) = if swapped { (other, one) } else { (one, other) };
        let (before, rest) = self.values.split_at_mut(low.start);
        let (first, rest) = rest.split_at_mut(low.len());
        let (middle, rest) = rest.split_at_mut(high.start - low.end);
        let (second, after) = rest.split_at_mut(high.len());
        let (before, middle, after): (&[f32], &[f32], &[f32]) = (before, middle, after);
        let reads = ranges.map(|r| {
            if r.start < low.start {
                &before[r]
            } else if r.start < high.start {
                &middle[r.start - low.end..r.end - low.end]
            } else {
                &after[r.start - high.end..r.end - high.end]
            }
        });
        (reads, if swapped { [second, first] } else { [first, second] })
    }

    /// As [`split`](Self::split) with another buffer to write, if there is one.
    pub(crate) fn split_beside<const R: usize>(
        &mut self,
        batch: usize,
        reads: [BufferId; R],
        write: BufferId,
        beside: Option<BufferId>,
    ) -> ([&[f32]; R], &mut [f32], Option<&mut [f32]>) {
        match beside {
            Some(beside) => {
                let (reads, [written, beside]) = self.split_two(batch, reads, [write, beside]);
                (reads, written, Some(beside))
            }
            None => {
                let (reads, written) = self.split(batch, reads, write);
                (reads, written, None)
            }
        }
    }

    /// Bytes allocated.
    pub(crate) fn bytes(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_hands_out_what_was_asked_for() {
        let places = [0, 16, 32].map(|offset| Place { offset, per_picture: 4 });
        let mut arena = Arena::new(48, places.to_vec()).unwrap();
        for id in 0..3 {
            arena.get_mut(BufferId(id), 2).fill(id as f32);
        }
        let ([a, c, again], b) = arena.split(2, [BufferId(0), BufferId(2), BufferId(0)], BufferId(1));
        assert_eq!((a, c, again, &*b), (&[0.0; 8][..], &[2.0; 8][..], &[0.0; 8][..], &[1.0; 8][..]));
        assert_eq!(b.as_ptr().align_offset(64), 0);
        let [c, a] = arena.get_disjoint_mut(1, [BufferId(2), BufferId(0)]);
        assert_eq!((&*c, &*a), (&[2.0; 4][..], &[0.0; 4][..]));
    }
}

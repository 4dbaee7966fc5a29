//! The decoded pictures of the segment that training stays on.
//!
//! A picture is decoded when its first turn comes, ahead of need as every batch is, and stays in its slot until a
//! picture of the next segment takes it over: loading a segment overlaps with training,
//! and two never lie in memory together.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::draw::Seat;

pub(crate) struct SegmentMemory {
    slots: Vec<Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    /// The stay and the picture.
    holds: Option<(u32, usize)>,
    pixels: Vec<u8>,
}

impl SegmentMemory {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| Mutex::default()).collect() }
    }

    /// Copies the picture to `pixels`, if it is there.
    pub(crate) fn recall(&self, seat: Seat, picture: usize, pixels: &mut [u8]) -> bool {
        let Some(slot) = self.lock(seat) else { return false };
        let is_there = slot.holds == Some((seat.stay, picture));
        if is_there {
            pixels.copy_from_slice(&slot.pixels);
        }
        is_there
    }

    /// Keeps the picture in its slot. A batch that straddles two segments may come late with one of the earlier: the
    /// slot stays with the later.
    pub(crate) fn keep(&self, seat: Seat, picture: usize, pixels: &[u8]) {
        let Some(mut slot) = self.lock(seat) else { return };
        if slot.holds.is_some_and(|(stay, _)| stay == seat.stay.wrapping_add(1)) {
            return;
        }
        slot.holds = Some((seat.stay, picture));
        slot.pixels.clear();
        slot.pixels.extend_from_slice(pixels);
    }

    fn lock(&self, seat: Seat) -> Option<MutexGuard<'_, Slot>> {
        self.slots.get(seat.slot as usize).map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_goes_from_segment_to_segment_and_not_back() {
        let memory = SegmentMemory::new(1);
        let seat = |stay| Seat { slot: 0, stay };
        let mut pixels = [0; 2];
        assert!(!memory.recall(seat(0), 7, &mut pixels));
        memory.keep(seat(0), 7, &[1, 2]);
        assert!(memory.recall(seat(0), 7, &mut pixels) && pixels == [1, 2]);
        assert!(!memory.recall(seat(0), 8, &mut pixels), "another picture");
        memory.keep(seat(1), 8, &[3, 4]);
        assert!(!memory.recall(seat(0), 7, &mut pixels) && memory.recall(seat(1), 8, &mut pixels));
        memory.keep(seat(0), 7, &[1, 2]);
        assert!(memory.recall(seat(1), 8, &mut pixels) && pixels == [3, 4], "too late");
        memory.keep(Seat { slot: 1, stay: 0 }, 9, &[0, 0]); // no such slot
        assert!(!memory.recall(Seat { slot: 1, stay: 0 }, 9, &mut pixels));
    }
}

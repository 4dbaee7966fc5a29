//! One output slice, written in parts by the pieces of a [`Pool::run`](crate::Pool::run).
//!
//! ```text
//! let parts = Disjoint::new(y);
//! pool.run(pieces, |piece| {
//!     // SAFETY: pieces are run once each, and their ranges do not overlap.
//!     let y = unsafe { parts.part(piece * SIZE..((piece + 1) * SIZE).min(parts.len())) };
//!     ...
//! });
//! ```

use std::marker::PhantomData;
use std::ops::Range;

/// A mutable slice that several threads may take parts of.
pub(crate) struct Disjoint<'a, T = f32> {
    start: *mut T,
    len: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: it is a mutable slice; parts of it are handed to other threads only through `unsafe` functions whose
// callers promise that no two of them overlap.
unsafe impl<T: Send> Sync for Disjoint<'_, T> {}

impl<'a, T> Disjoint<'a, T> {
    /// Takes the slice until the parts are no longer used.
    pub(crate) fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), slice: PhantomData }
    }

    /// The length of the whole slice.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The slice again, when nobody takes parts any more.
    pub(crate) fn into_slice(self) -> &'a mut [T] {
        // SAFETY: it came from a slice of this lifetime, and by taking `self` all parts, which borrow it, are gone.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }

    /// The part `range`; panics if it is not inside the slice.
    ///
    /// # Safety
    /// No other part that overlaps this one may be in use while the returned slice is.
    #[expect(clippy::mut_from_ref, reason = "the caller promises that parts do not overlap")]
    pub(crate) unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len, "{range:?} is not inside 0..{}", self.len);
        // SAFETY: inside the slice by the assertion; not aliased by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }

    /// The address of the slice's start, for kernels that write rectangles of a matrix.
    ///
    /// Writes through it must stay inside the slice and off what other threads use.
    pub(crate) fn as_mut_ptr(&self) -> *mut T {
        self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pool;

    #[test]
    fn parts_cover_the_slice() {
        let mut values = vec![0_usize; 1001];
        let parts = Disjoint::new(&mut values);
        Pool::new(3).run(11, |piece| {
            let start = piece * 100;
            // SAFETY: the ranges of different pieces do not overlap.
            let part = unsafe { parts.part(start..(start + 100).min(parts.len())) };
            part.iter_mut().enumerate().for_each(|(i, value)| *value = start + i);
        });
        assert!(values.iter().enumerate().all(|(i, value)| i == *value));
    }

    #[test]
    #[should_panic(expected = "not inside")]
    fn a_part_outside_is_refused() {
        let mut values = [0.0; 4];
        // SAFETY: the only part.
        unsafe { Disjoint::new(&mut values).part(3..5) };
    }
}

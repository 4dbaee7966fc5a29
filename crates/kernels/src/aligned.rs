//! A buffer of floats that begins on a cache line.

/// The size of a cache line and of the widest vector register, in floats.
pub(crate) const LINE: usize = 16;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Floats, zero at first, 64-byte aligned.
#[derive(Clone, Default)]
pub(crate) struct Aligned {
    lines: Vec<Line>,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        Self { lines: vec![Line([0.0; LINE]); len.div_ceil(LINE)], len }
    }

    /// The first `len` floats, after growing to that many if there are fewer.
    pub(crate) fn at_least(&mut self, len: usize) -> &mut [f32] {
        if self.len < len {
            *self = Self::new(len);
        }
        &mut self.as_mut_slice()[..len]
    }

    pub(crate) fn as_slice(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` and nothing but floats (its size is its alignment, so there is no padding),
        // and `len` is at most the number of floats in `lines`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as in `as_slice`, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_on_a_line_and_keeps_what_it_has() {
        let mut buffer = Aligned::new(17);
        assert_eq!(buffer.as_slice().as_ptr() as usize % 64, 0);
        buffer.as_mut_slice()[16] = 3.0;
        assert_eq!(buffer.at_least(17)[16], 3.0);
        assert_eq!(buffer.at_least(100).len(), 100);
        assert_eq!(buffer.at_least(3).len(), 3);
    }
}

//! The bits of entropy-coded data, highest first (ITU-T T.81, B.1.1.5 and F.2.2.5).

/// Reads bits of one interval, whose stuffing is gone. Beyond the end there are zeros.
pub(super) struct Bits<'a> {
    /// What is not yet taken, [`PADDING`] included.
    rest: &'a [u8],
    /// What was taken and not yet consumed, from the highest bit down.
    held: u64,
    /// How many bits these are; only the lowest six bits of this number count.
    count: u32,
}

impl<'a> Bits<'a> {
    /// How many bits may be consumed after a [`Bits::refill`].
    const AT_ONCE: u32 = 56;

    /// `interval` ends with [`PADDING`] zeros.
    pub(super) fn new(interval: &'a [u8]) -> Self {
        Self { rest: interval, held: 0, count: 0 }
    }

    /// Takes as many whole bytes as there is room for.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(word) = self.rest.first_chunk() {
            // Bits of the byte after those taken come along; they will be taken again, and are the same.
            self.held |= u64::from_be_bytes(*word).wrapping_shr(self.count);
            self.rest = &self.rest[(!self.count >> 3) as usize & 7..];
        }
        self.count |= Self::AT_ONCE;
    }

    /// The next bits, from the highest down.
    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.held
    }

    /// Goes on by so many bits; only the lowest six bits of `count` count.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        self.held = self.held.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count);
    }

    /// Bits from here to the end of the interval, less than none beyond it.
    fn remaining(&self) -> isize {
        (self.rest.len() as isize - PADDING as isize) * 8 + (self.count & 63) as isize
    }

    /// Whether all is consumed but the bits that fill the last byte.
    pub(super) fn is_at_end(&self) -> bool {
        (0..8).contains(&self.remaining())
    }

    /// Whether more is consumed than there was.
    pub(super) fn is_beyond_end(&self) -> bool {
        self.remaining() < 0
    }
}

/// Zeros after an interval: eight bytes are read at once, and up to eight before they are needed.
const PADDING: usize = 16;

/// Copies to `interval` what stands before the next marker, without the zeros after each 0xff; gives the marker
/// and what follows it.
pub(super) fn next_interval<'a>(mut scan: &'a [u8], interval: &mut Vec<u8>) -> Option<(u8, &'a [u8])> {
    interval.clear();
    loop {
        let (plain, rest) = scan.split_at(find_marker_byte(scan)?);
        interval.extend_from_slice(plain);
        match rest {
            [0xff, 0, after @ ..] => {
                interval.push(0xff);
                scan = after;
            }
            // Any number of 0xff may stand before a marker.
            [0xff, 0xff, ..] => scan = &rest[1..],
            [0xff, marker, after @ ..] => {
                interval.extend_from_slice(&[0; PADDING]);
                return Some((*marker, after));
            }
            _ => return None,
        }
    }
}

/// Where the first 0xff is.
fn find_marker_byte(bytes: &[u8]) -> Option<usize> {
    const STEP: usize = 32;
    // A comparison of so many bytes at once is a few instructions.
    let (chunks, _) = bytes.as_chunks::<STEP>();
    let clear =
        chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |any, byte| any | (*byte == 0xff)));
    let start = clear.count() * STEP;
    bytes[start..].iter().position(|byte| *byte == 0xff).map(|at| start + at)
}

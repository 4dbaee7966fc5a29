//! The hash of lines of text that `data/golden.py` keeps.

/// FNV-1a, 64 bits, over lines that each end in a line feed.
pub(crate) fn fnv1a(lines: &[String]) -> u64 {
    let bytes = lines.iter().flat_map(|line| line.bytes().chain([b'\n']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

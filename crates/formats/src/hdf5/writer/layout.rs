//! A laid-out file: everything but the values in memory, the values streamed behind it.

use std::io::{self, Write};

use super::group::Placed;

/// The length of superblock 0.
const SUPERBLOCK_BYTES: usize = 96;
/// How many bytes of values are turned little-endian at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// A file that is ready to be written.
pub struct Layout<'a> {
    /// Everything before the values.
    head: Vec<u8>,
    /// The values, and where in the head their address goes.
    values: Vec<(usize, &'a [f32])>,
    /// Texts of attributes, and where in the head their address and index in the global heap go.
    pub(super) texts: Vec<(usize, String)>,
}

impl<'a> Layout<'a> {
    pub(super) fn new() -> Self {
        Self { head: vec![0; SUPERBLOCK_BYTES], values: Vec::new(), texts: Vec::new() }
    }

    /// Bytes of the whole file.
    pub fn bytes(&self) -> u64 {
        let values: usize = self.values.iter().map(|(_, values)| padded_bytes(values)).sum();
        (self.head.len() + values) as u64
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// `output` fails.
    pub fn write(&self, output: &mut impl Write) -> io::Result<()> {
        output.write_all(&self.head)?;
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        for (_, values) in &self.values {
            for part in values.chunks(BLOCK_BYTES / size_of::<f32>()) {
                block.clear();
                block.extend(part.iter().flat_map(|value| value.to_le_bytes()));
                output.write_all(&block)?;
            }
            output.write_all(&[0; 8][..padded_bytes(values) - size_of_val(*values)])?;
        }
        Ok(())
    }

    /// Where the next structure goes: a multiple of 8.
    pub(super) fn address(&mut self) -> u64 {
        self.head.resize(self.head.len().next_multiple_of(8), 0);
        self.head.len() as u64
    }

    pub(super) fn position(&self) -> usize {
        self.head.len()
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.head.extend_from_slice(bytes);
    }

    pub(super) fn put_u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    /// Zeros up to `end`.
    pub(super) fn fill_to(&mut self, end: u64) {
        self.head.resize(end as usize, 0);
    }

    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        self.head[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Asks for `values` behind the head, and their address at `at`.
    pub(super) fn defer(&mut self, at: usize, values: &'a [f32]) {
        self.values.push((at, values));
    }

    /// Gives the values their addresses, each a multiple of 8, and writes the superblock.
    pub(super) fn finish(&mut self, root: &Placed) {
        let mut address = self.address();
        for index in 0..self.values.len() {
            let (at, values) = self.values[index];
            self.patch(at, &address.to_le_bytes());
            address += padded_bytes(values) as u64;
        }
        let mut block = Vec::with_capacity(SUPERBLOCK_BYTES);
        block.extend(b"\x89HDF\r\n\x1a\n");
        block.extend([0, 0, 0, 0, 0, 8, 8, 0]); // versions, widths of addresses and lengths
        block.extend((super::group::SYMBOLS_IN_NODE as u16 / 2).to_le_bytes());
        block.extend((super::group::CHILDREN_OF_NODE as u16 / 2).to_le_bytes());
        block.extend(0_u32.to_le_bytes()); // flags
        for address in [0, UNDEFINED, address, UNDEFINED] {
            block.extend(address.to_le_bytes()); // base, free space, end of file, driver
        }
        block.extend(0_u64.to_le_bytes()); // the root has no name
        block.extend(root.entry());
        self.patch(0, &block);
    }
}

/// What the format writes for an address that there is not.
pub(super) const UNDEFINED: u64 = u64::MAX;

fn padded_bytes(values: &[f32]) -> usize {
    size_of_val(values).next_multiple_of(8)
}

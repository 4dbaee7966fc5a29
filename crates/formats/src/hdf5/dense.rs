//! Large groups of the new form: links in a fractal heap, indexed by a B-tree of version 2.

use super::{Cursor, Image};
use crate::{Error, Result};

/// Hands the data of every link that the link info message `data` points at to `visit`.
pub(super) fn links<'a>(
    image: &Image<'a>,
    data: &[u8],
    visit: &mut impl FnMut(&'a [u8]) -> Result<()>,
) -> Result<()> {
    let mut cursor = Cursor::new(data, "link info");
    cursor.skip(1)?;
    let flags = cursor.u8()?;
    cursor.skip(if flags & 0x01 != 0 { 8 } else { 0 })?; // highest order of creation
    let Some(heap) = image.address(&mut cursor)? else {
        return Ok(()); // the links lie in the header itself
    };
    let index = image.defined(&mut cursor, "index of names")?;
    let heap = FractalHeap::read(image, heap)?;
    const HASH: usize = 4;
    records(image, index, &mut |record| match record.get(HASH..) {
        Some(identifier) => visit(heap.object(identifier)?),
        None => Err(Error::malformed("B-tree: a record is too short")),
    })
}

/// A heap of blocks whose sizes double every row.
struct FractalHeap<'i, 'a> {
    image: &'i Image<'a>,
    /// Bytes of an offset in the heap, and of an object's length.
    offset_width: usize,
    length_width: usize,
    /// Blocks in a row.
    row_width: u64,
    first_size: u64,
    largest_direct: u64,
    root: u64,
    root_is_direct: bool,
}

impl<'i, 'a> FractalHeap<'i, 'a> {
    fn read(image: &'i Image<'a>, address: u64) -> Result<Self> {
        let mut cursor = image.cursor(address, "fractal heap")?;
        cursor.expect(b"FRHP")?;
        cursor.skip(1 + 2)?; // version, length of an identifier
        if cursor.u16()? != 0 {
            return Err(Error::unsupported("a compressed heap of links"));
        }
        cursor.skip(1)?;
        let largest_object = cursor.u32()?;
        cursor.skip(2 * (image.length_width + image.offset_width) + 8 * image.length_width)?; // statistics
        let row_width = cursor.u16()?.into();
        let (first_size, largest_direct) = (image.length(&mut cursor)?, image.length(&mut cursor)?);
        let address_bits = usize::from(cursor.u16()?);
        cursor.skip(2)?;
        let root = image.defined(&mut cursor, "fractal heap")?;
        let root_is_direct = cursor.u16()? == 0;
        let powers =
            first_size.is_power_of_two() && largest_direct.is_power_of_two() && largest_direct >= first_size;
        if !powers || row_width == 0 || !(1..=64).contains(&address_bits) {
            return Err(Error::malformed("fractal heap: its table of blocks makes no sense"));
        }
        let block_offset_width = (largest_direct.ilog2() as usize).div_ceil(8);
        let length_width = block_offset_width.min(width_of(largest_object.into()));
        let offset_width = address_bits.div_ceil(8);
        Ok(Self {
            image,
            offset_width,
            length_width,
            row_width,
            first_size,
            largest_direct,
            root,
            root_is_direct,
        })
    }

    /// The bytes of the object called `identifier`.
    fn object(&self, identifier: &[u8]) -> Result<&'a [u8]> {
        let mut cursor = Cursor::new(identifier, "identifier in a fractal heap");
        const MANAGED: u8 = 0;
        if cursor.u8()? & 0x30 != MANAGED {
            return Err(Error::unsupported("a link that does not fit its heap"));
        }
        let (offset, length) = (cursor.uint(self.offset_width)?, cursor.uint(self.length_width)?);
        let (block, offset) = self.block(offset)?;
        let address = block
            .checked_add(offset)
            .ok_or_else(|| Error::malformed("fractal heap: an address too large"))?;
        self.image.slice(address, length, "link in a fractal heap")
    }

    /// The direct block that holds `offset`, and the offset in it.
    fn block(&self, mut offset: u64) -> Result<(u64, u64)> {
        let (mut address, mut is_direct) = (self.root, self.root_is_direct);
        while !is_direct {
            self.image.spend(32)?;
            let row_bytes = self.first_size.saturating_mul(self.row_width);
            // Row 0 and row 1 have blocks of the first size; each later row's are twice as large.
            let row = (offset / row_bytes).checked_ilog2().map_or(0, |log| log + 1);
            let size = self.first_size << row.saturating_sub(1);
            let start = if row == 0 { 0 } else { row_bytes << (row - 1) };
            let column = (offset - start) / size;
            let mut cursor = self.image.cursor(address, "indirect block of a fractal heap")?;
            cursor.expect(b"FHIB")?;
            cursor.skip(1 + self.image.offset_width + self.offset_width)?;
            let entry = (u64::from(row) * self.row_width + column) as usize;
            cursor.skip(entry.saturating_mul(self.image.offset_width))?;
            address = self.image.defined(&mut cursor, "block of a fractal heap")?;
            offset = offset - start - column * size;
            is_direct = size <= self.largest_direct;
        }
        Ok((address, offset))
    }
}

/// Bytes that hold any number up to `most`.
fn width_of(most: u64) -> usize {
    most.checked_ilog2().map_or(1, |log| log as usize / 8 + 1)
}

/// Hands every record of the B-tree of version 2 at `address` to `visit`.
fn records<'a>(
    image: &Image<'a>,
    address: u64,
    visit: &mut impl FnMut(&'a [u8]) -> Result<()>,
) -> Result<()> {
    let Some(tree) = Tree::read(image, address)? else { return Ok(()) };
    let (own_width, widths) = tree.count_widths(image.offset_width);
    let mut waiting = vec![(tree.root, u64::from(tree.count), tree.depth)];
    while let Some((address, count, depth)) = waiting.pop() {
        let mut cursor = image.cursor(address, "B-tree")?;
        cursor.expect(if depth == 0 { b"BTLF" } else { b"BTIN" })?;
        cursor.skip(2)?;
        image.spend(16)?;
        for _ in 0..count {
            image.spend(tree.record_size)?;
            visit(cursor.take(tree.record_size)?)?;
        }
        if depth > 0 {
            for _ in 0..=count {
                let child = image.defined(&mut cursor, "child of a B-tree")?;
                let count = cursor.uint(own_width)?;
                cursor.skip(widths[usize::from(depth) - 1])?;
                waiting.push((child, count, depth - 1));
            }
        }
    }
    Ok(())
}

/// What the header of a B-tree of version 2 says.
struct Tree {
    root: u64,
    /// Records of the root.
    count: u16,
    /// Nodes from the root down to a leaf.
    depth: u16,
    record_size: usize,
    /// Bytes of a node for its records and its pointers to children.
    room: usize,
}

impl Tree {
    /// The one at `address`; `None` where it is empty.
    fn read(image: &Image<'_>, address: u64) -> Result<Option<Self>> {
        const PREFIX: usize = 4 + 1 + 1;
        const CHECKSUM: usize = 4;
        let mut cursor = image.cursor(address, "B-tree")?;
        cursor.expect(b"BTHD")?;
        cursor.skip(2)?;
        let (node_size, record_size) = (cursor.u32()? as usize, usize::from(cursor.u16()?));
        let depth = cursor.u16()?;
        cursor.skip(2)?;
        let Some(root) = image.address(&mut cursor)? else { return Ok(None) };
        let count = cursor.u16()?;
        let room = node_size.saturating_sub(PREFIX + CHECKSUM);
        if record_size == 0 || room < record_size || depth > 16 {
            return Err(Error::malformed(format!("B-tree: nodes of {node_size} bytes, {depth} deep")));
        }
        Ok(Some(Self { root, count, depth, record_size, room }))
    }

    /// How wide the counts in a pointer to a child are: that of its own records, and that of all below it, by the child's
    /// height above the leaves.
    fn count_widths(&self, offset_width: usize) -> (usize, Vec<usize>) {
        let most = (self.room / self.record_size) as u64;
        let own_width = width_of(most);
        let (mut widths, mut most_below) = (vec![0], most);
        for level in 1..usize::from(self.depth) {
            let pointer = offset_width + own_width + widths[level - 1];
            let here = (self.room.saturating_sub(pointer) / (self.record_size + pointer)) as u64;
            most_below = (here + 1).saturating_mul(most_below).saturating_add(here);
            widths.push(width_of(most_below));
        }
        (own_width, widths)
    }
}

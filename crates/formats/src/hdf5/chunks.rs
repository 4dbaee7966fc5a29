//! Data sets in chunks: found through a B-tree, unfiltered, and put in their places.

use super::datatype::Datatype;
use super::tree::{self, Leaves};
use super::{Cursor, Image, dataspace};
use crate::expansion;
use crate::{Error, Result};

/// A step between stored bytes and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Deflate,
    /// All first bytes of the values, then all second ones, and so on.
    Shuffle,
    /// A checksum of four bytes at the end.
    Fletcher32,
}

/// Reads a filter pipeline message: the filters in the order of writing.
pub(super) fn filters(data: &[u8]) -> Result<Vec<Filter>> {
    let mut cursor = Cursor::new(data, "filters");
    let (version, count) = (cursor.u8()?, cursor.u8()?);
    cursor.skip(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let number = cursor.u16()?;
        const FIRST_OF_OTHERS: u16 = 256;
        let has_name = version == 1 || number >= FIRST_OF_OTHERS;
        let name_length = if has_name { cursor.u16()? } else { 0 };
        cursor.skip(2)?;
        let values = usize::from(cursor.u16()?);
        let name = cursor.take(name_length.into())?;
        let padding = if version == 1 && values % 2 == 1 { 4 } else { 0 };
        cursor.skip(4 * values + padding)?;
        filters.push(match number {
            1 => Filter::Deflate,
            2 => Filter::Shuffle,
            3 => Filter::Fletcher32,
            _ => {
                let name = String::from_utf8_lossy(name).trim_end_matches('\0').to_owned();
                return Err(Error::unsupported(format!(
                    "filter {number} {name}; deflate, shuffle and fletcher32 are supported"
                )));
            }
        });
    }
    Ok(filters)
}

/// How an array is cut in chunks.
pub(super) struct Grid {
    shape: Vec<usize>,
    extents: Vec<usize>,
    datatype: Datatype,
    /// Values in the array, and in one chunk.
    elements: usize,
    chunk_elements: usize,
}

impl Grid {
    pub(super) fn new(shape: &[u64], extents: Vec<u64>, datatype: Datatype) -> Result<Self> {
        if extents.contains(&0) {
            return Err(Error::malformed(format!("layout: chunks of shape {extents:?}")));
        }
        let (elements, chunk_elements) = (dataspace::elements(shape)?, dataspace::elements(&extents)?);
        // Both products fit, so each extent does, but for arrays that are empty.
        let narrow =
            |extents: &[u64]| extents.iter().map(|e| usize::try_from(*e).unwrap_or(usize::MAX)).collect();
        Ok(Self { shape: narrow(shape), extents: narrow(&extents), datatype, elements, chunk_elements })
    }

    fn chunk_bytes(&self) -> usize {
        self.chunk_elements.saturating_mul(self.datatype.width())
    }

    /// How many chunks cover the array.
    fn chunks(&self) -> usize {
        self.shape.iter().zip(&self.extents).fold(1, |n: usize, (s, e)| n.saturating_mul(s.div_ceil(*e)))
    }

    /// Copies the part of `chunk` that lies inside the array to its place in `output`.
    fn place(&self, chunk: &[f32], start: &[usize], output: &mut [f32]) {
        let rank = self.shape.len();
        let Some(last) = rank.checked_sub(1) else {
            output.copy_from_slice(&chunk[..output.len()]);
            return;
        };
        let inside: Vec<usize> = (0..rank).map(|a| self.extents[a].min(self.shape[a] - start[a])).collect();
        let mut index = vec![0; rank]; // of the row being copied, in the chunk
        loop {
            let (mut from, mut to) = (0, 0);
            for axis in 0..rank {
                from = from * self.extents[axis] + index[axis];
                to = to * self.shape[axis] + start[axis] + index[axis];
            }
            output[to..to + inside[last]].copy_from_slice(&chunk[from..from + inside[last]]);
            let Some(axis) = (0..last).rev().find(|axis| index[*axis] + 1 < inside[*axis]) else {
                return;
            };
            index[axis] += 1;
            index[axis + 1..].fill(0);
        }
    }
}

struct Stored<'a> {
    start: Vec<usize>,
    bytes: &'a [u8],
    /// A set bit leaves out the filter of that number.
    skipped: u32,
}

/// All values of the array whose chunks the B-tree at `tree` lists.
pub(super) fn read(image: &Image<'_>, tree: u64, grid: &Grid, filters: &[Filter]) -> Result<Vec<f32>> {
    if grid.elements == 0 {
        return Ok(Vec::new());
    }
    let stored = list(image, tree, grid)?;
    let total: usize = stored.iter().map(|chunk| chunk.bytes.len()).sum();
    expansion::check(grid.chunk_bytes().saturating_mul(stored.len()) as u64, total as u64)?;
    if stored.len() != grid.chunks() {
        let (have, want) = (stored.len(), grid.chunks());
        return Err(Error::malformed(format!("expected {want} chunks, received {have}")));
    }
    let mut output = vec![0.0; grid.elements];
    let mut values = vec![0.0; grid.chunk_elements];
    for chunk in &stored {
        let bytes = unfilter(chunk, grid, filters)?;
        grid.datatype.decode(&bytes, &mut values)?;
        grid.place(&values, &chunk.start, &mut output);
    }
    Ok(output)
}

fn list<'a>(image: &Image<'a>, tree: u64, grid: &Grid) -> Result<Vec<Stored<'a>>> {
    let rank = grid.shape.len();
    let mut stored = Vec::new();
    let mut starts = std::collections::HashSet::new();
    tree::walk(image, tree, Leaves::Chunks { rank }, &mut |mut key, address| {
        let (size, skipped) = (key.u32()?, key.u32()?);
        let mut start = Vec::with_capacity(rank);
        for axis in 0..rank {
            let at = usize::try_from(key.uint(8)?).unwrap_or(usize::MAX);
            if at >= grid.shape[axis] || at % grid.extents[axis] != 0 {
                return Err(Error::malformed(format!("a chunk at {at} of axis {axis} is misplaced")));
            }
            start.push(at);
        }
        if !starts.insert(start.clone()) {
            return Err(Error::malformed(format!("two chunks at {start:?}")));
        }
        image.spend(size as usize)?;
        stored.push(Stored { start, bytes: image.slice(address, size.into(), "chunk")?, skipped });
        Ok(())
    })?;
    Ok(stored)
}

/// Undoes the filters of one chunk, last first.
fn unfilter(chunk: &Stored<'_>, grid: &Grid, filters: &[Filter]) -> Result<Vec<u8>> {
    let mut bytes = chunk.bytes.to_vec();
    for (number, filter) in filters.iter().enumerate().rev() {
        if chunk.skipped >> number & 1 == 1 {
            continue;
        }
        match filter {
            // Later filters may have added to a chunk, never more than their checksum.
            Filter::Deflate => bytes = inflate(&bytes, grid.chunk_bytes() + 4)?,
            Filter::Shuffle => bytes = unshuffle(&bytes, grid.datatype.width()),
            Filter::Fletcher32 => bytes.truncate(bytes.len().saturating_sub(4)),
        }
    }
    match (bytes.len(), grid.chunk_bytes()) {
        (have, want) if have == want => Ok(bytes),
        (have, want) => Err(Error::malformed(format!("a chunk should have {want} bytes and has {have}"))),
    }
}

fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut inflated = Vec::new();
    let mut decoder = flate2::read::ZlibDecoder::new(bytes).take(most as u64);
    decoder.read_to_end(&mut inflated).map_err(|e| Error::malformed(format!("a compressed chunk: {e}")))?;
    Ok(inflated)
}

fn unshuffle(bytes: &[u8], width: usize) -> Vec<u8> {
    let count = bytes.len() / width;
    let mut output = bytes.to_vec(); // bytes beyond the last whole value stay where they are
    for (position, byte) in bytes[..count * width].iter().enumerate() {
        output[position % count * width + position / count] = *byte;
    }
    output
}

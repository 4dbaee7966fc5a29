//! B-trees of version 1: the index of a group's symbols and of a data set's chunks.

use super::{Cursor, Image};
use crate::{Error, Result};

/// What the leaves of a tree are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    /// Symbol nodes of a group.
    Symbols,
    /// Chunks of a data set of this rank.
    Chunks {
        /// Axes of the data set, without the one for the bytes of a value.
        rank: usize,
    },
}

impl Leaves {
    fn number(self) -> u8 {
        matches!(self, Self::Chunks { .. }).into()
    }

    fn key_width(self, image: &Image<'_>) -> usize {
        match self {
            Self::Symbols => image.length_width,
            Self::Chunks { rank } => 8 + 8 * (rank + 1),
        }
    }
}

/// Visits the leaves under the node at `address`: each one's key and address.
pub(super) fn walk<'a>(
    image: &Image<'a>,
    address: u64,
    leaves: Leaves,
    visit: &mut impl FnMut(Cursor<'a>, u64) -> Result<()>,
) -> Result<()> {
    let mut waiting = vec![(address, None)];
    while let Some((address, expected)) = waiting.pop() {
        let mut cursor = image.cursor(address, "B-tree")?;
        cursor.expect(b"TREE")?;
        let (number, level, entries) = (cursor.u8()?, cursor.u8()?, usize::from(cursor.u16()?));
        if number != leaves.number() || expected.is_some_and(|expected| expected != level) {
            return Err(Error::malformed(format!(
                "B-tree: a node of kind {number} at level {level} is misplaced"
            )));
        }
        image.address(&mut cursor)?; // left neighbour
        image.address(&mut cursor)?; // right neighbour
        let mut children = Vec::with_capacity(entries);
        for _ in 0..entries {
            let key = cursor.take(leaves.key_width(image))?;
            image.spend(key.len() + image.offset_width)?;
            children.push((key, image.defined(&mut cursor, "child of a B-tree")?));
        }
        image.spend(24)?;
        match level {
            0 => children
                .into_iter()
                .try_for_each(|(key, child)| visit(Cursor::new(key, "key of a B-tree"), child))?,
            _ => waiting.extend(children.into_iter().rev().map(|(_, child)| (child, Some(level - 1)))),
        }
    }
    Ok(())
}

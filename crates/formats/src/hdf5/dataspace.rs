//! The shape of a data set or an attribute.

use super::{Cursor, Image};
use crate::{Error, Result};

/// No array may have more axes.
const MOST_AXES: usize = 32;

/// Reads a dataspace message: the extents, outermost first; none for a single value.
pub(super) fn read(image: &Image<'_>, data: &[u8]) -> Result<Vec<u64>> {
    let mut cursor = Cursor::new(data, "dataspace");
    let (version, rank) = (cursor.u8()?, usize::from(cursor.u8()?));
    cursor.skip(1)?; // flags
    match version {
        1 => cursor.skip(5)?,
        2 => {
            const NULL: u8 = 2;
            if cursor.u8()? == NULL {
                return Ok(vec![0]);
            }
        }
        _ => return Err(Error::unsupported(format!("dataspace version {version}; 1 and 2 are supported"))),
    }
    if rank > MOST_AXES {
        return Err(Error::malformed(format!("dataspace: {rank} axes; {MOST_AXES} is the most")));
    }
    (0..rank).map(|_| image.length(&mut cursor)).collect()
}

/// The number of values; fails where it cannot be held in memory.
pub(super) fn elements(shape: &[u64]) -> Result<usize> {
    let product = shape.iter().try_fold(1_u64, |product, extent| product.checked_mul(*extent));
    product
        .and_then(|product| usize::try_from(product).ok())
        .filter(|product| *product <= isize::MAX as usize / 8)
        .ok_or_else(|| Error::too_large(format!("an array of shape {shape:?}")))
}

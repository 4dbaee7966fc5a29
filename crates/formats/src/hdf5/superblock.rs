//! The start of an HDF5 file: the widths of addresses and where the root group is.

use super::{Cursor, Image};
use crate::{Error, Result};

/// The first bytes of every HDF5 file without a user's block.
pub(crate) const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Finds and reads the superblock; gives the file and the address of the root group's header.
///
/// It lies at 0, or after a user's block of 512, 1024, 2048, … bytes.
pub(super) fn read(bytes: &[u8]) -> Result<(Image<'_>, u64)> {
    let starts =
        std::iter::successors(Some(512_usize), |s| s.checked_mul(2)).take_while(|s| *s < bytes.len());
    let start = std::iter::once(0).chain(starts).find(|s| bytes[*s..].starts_with(&SIGNATURE));
    let Some(start) = start else {
        return Err(Error::malformed("this is not an HDF5 file: its first bytes are not \\x89HDF"));
    };
    let bytes = &bytes[start..];
    let mut cursor = Cursor::new(bytes, "superblock");
    cursor.skip(SIGNATURE.len())?;
    match cursor.u8()? {
        version @ (0 | 1) => old(bytes, cursor, version),
        2 | 3 => new(bytes, cursor),
        version => {
            Err(Error::unsupported(format!("HDF5 superblock version {version}; 0 to 3 are supported")))
        }
    }
}

fn old<'a>(bytes: &'a [u8], mut cursor: Cursor<'a>, version: u8) -> Result<(Image<'a>, u64)> {
    cursor.skip(4)?; // versions of the free space, the root group and shared headers
    let (offset_width, length_width) = (cursor.u8()?, cursor.u8()?);
    cursor.skip(1 + 2 + 2 + 4)?; // B-tree ranks and flags
    if version == 1 {
        cursor.skip(4)?;
    }
    let image = image(bytes, offset_width, length_width)?;
    image.address(&mut cursor)?; // base
    image.address(&mut cursor)?; // free space
    let end = image.defined(&mut cursor, "end of file")?;
    image.address(&mut cursor)?; // driver
    image.address(&mut cursor)?; // the root's name
    let root = image.defined(&mut cursor, "root group")?;
    check_end(&image, end)?;
    Ok((image, root))
}

fn new<'a>(bytes: &'a [u8], mut cursor: Cursor<'a>) -> Result<(Image<'a>, u64)> {
    let (offset_width, length_width) = (cursor.u8()?, cursor.u8()?);
    cursor.skip(1)?; // flags
    let image = image(bytes, offset_width, length_width)?;
    image.address(&mut cursor)?; // base
    image.address(&mut cursor)?; // extension
    let end = image.defined(&mut cursor, "end of file")?;
    let root = image.defined(&mut cursor, "root group")?;
    check_end(&image, end)?;
    Ok((image, root))
}

fn image(bytes: &[u8], offset_width: u8, length_width: u8) -> Result<Image<'_>> {
    if ![4, 8].contains(&offset_width) || ![4, 8].contains(&length_width) {
        return Err(Error::unsupported(format!(
            "HDF5 addresses of {offset_width} and lengths of {length_width} bytes; 4 and 8 are supported"
        )));
    }
    Ok(Image::new(bytes, offset_width.into(), length_width.into()))
}

fn check_end(image: &Image<'_>, end: u64) -> Result<()> {
    match image.len() as u64 {
        have if have < end => {
            Err(Error::malformed(format!("the file is truncated: it should have {end} bytes and has {have}")))
        }
        _ => Ok(()),
    }
}

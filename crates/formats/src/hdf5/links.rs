//! What a group holds: names and the addresses of the objects' headers.

use super::header::{Message, kind};
use super::tree::{self, Leaves};
use super::{Cursor, Image, dense};
use crate::{Error, Result};

/// No name may be longer.
const LONGEST_NAME: usize = 1024;

/// The members of the object with these `messages`; `None` when it is no group.
///
/// Soft and external links are left out: nothing outside the file is ever followed.
pub(super) fn read(image: &Image<'_>, messages: &[Message<'_>]) -> Result<Option<Vec<(String, u64)>>> {
    let mut found = None;
    for message in messages {
        match message.kind {
            kind::SYMBOL_TABLE => symbol_table(image, message.data, found.get_or_insert_with(Vec::new))?,
            kind::LINK => found.get_or_insert_with(Vec::new).extend(link(image, message.data)?),
            kind::LINK_INFO => {
                let found = found.get_or_insert_with(Vec::new);
                dense::links(image, message.data, &mut |data| {
                    found.extend(link(image, data)?);
                    Ok(())
                })?;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A group of the old form: a B-tree of symbol nodes, and a heap of names.
fn symbol_table(image: &Image<'_>, data: &[u8], found: &mut Vec<(String, u64)>) -> Result<()> {
    let mut cursor = Cursor::new(data, "symbol table");
    let tree = image.defined(&mut cursor, "symbol table")?;
    let names = local_heap(image, image.defined(&mut cursor, "heap of names")?)?;
    tree::walk(image, tree, Leaves::Symbols, &mut |_, address| {
        let mut cursor = image.cursor(address, "symbol node")?;
        cursor.expect(b"SNOD")?;
        cursor.skip(2)?;
        for _ in 0..cursor.u16()? {
            let name = name_at(image, names, image.length(&mut cursor)?)?;
            let header = image.address(&mut cursor)?;
            let cached = cursor.u32()?;
            cursor.skip(4 + 16)?;
            const SOFT_LINK: u32 = 2;
            if let (Some(header), true) = (header, cached != SOFT_LINK) {
                found.push((name, header));
            }
        }
        Ok(())
    })
}

fn local_heap<'a>(image: &Image<'a>, address: u64) -> Result<&'a [u8]> {
    let mut cursor = image.cursor(address, "heap of names")?;
    cursor.expect(b"HEAP")?;
    cursor.skip(4)?;
    let size = image.length(&mut cursor)?;
    image.length(&mut cursor)?; // free list
    let data = image.defined(&mut cursor, "heap of names")?;
    image.slice(data, size, "heap of names")
}

fn name_at(image: &Image<'_>, names: &[u8], offset: u64) -> Result<String> {
    let bytes = usize::try_from(offset).ok().and_then(|offset| names.get(offset..));
    let bytes = bytes.ok_or_else(|| Error::malformed(format!("a name at {offset} lies outside its heap")))?;
    let length = bytes.iter().take(LONGEST_NAME).position(|b| *b == 0);
    let length = length.ok_or_else(|| Error::malformed("a name in a group has no end"))?;
    name(image, &bytes[..length])
}

fn name(image: &Image<'_>, bytes: &[u8]) -> Result<String> {
    image.spend(40 + bytes.len())?;
    match String::from_utf8(bytes.to_vec()) {
        Ok(name) if !name.is_empty() && !name.contains('/') => Ok(name),
        _ => Err(Error::malformed(format!("{:?} is no name in a group", String::from_utf8_lossy(bytes)))),
    }
}

/// A link of the new form; `None` for one that is not a hard link.
fn link(image: &Image<'_>, data: &[u8]) -> Result<Option<(String, u64)>> {
    let mut cursor = Cursor::new(data, "link");
    let version = cursor.u8()?;
    if version != 1 {
        return Err(Error::unsupported(format!("HDF5 link version {version}; 1 is supported")));
    }
    let flags = cursor.u8()?;
    let hard = if flags & 0x08 != 0 { cursor.u8()? == 0 } else { true };
    cursor.skip(if flags & 0x04 != 0 { 8 } else { 0 })?; // order of creation
    cursor.skip(if flags & 0x10 != 0 { 1 } else { 0 })?; // character set
    let length = cursor.uint(1 << (flags & 3))?;
    if length > LONGEST_NAME as u64 {
        return Err(Error::too_large(format!("a name of {length} bytes in a group")));
    }
    let name = name(image, cursor.take(length as usize)?)?;
    match hard {
        true => Ok(Some((name, image.defined(&mut cursor, "link")?))),
        false => Ok(None),
    }
}

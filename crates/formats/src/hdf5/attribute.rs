//! Attributes of groups and data sets: text and numbers.

use super::datatype::Datatype;
use super::header::{Message, kind};
use super::{Cursor, Image, dataspace};
use crate::{Error, Result};

/// The values of an attribute, in the order of its shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// Texts; bytes that are not UTF-8 are replaced.
    Texts(Vec<String>),
    /// Numbers of any type.
    Numbers(Vec<f64>),
    /// Values of a type that is not read.
    Other,
}

impl Attribute {
    /// The text, where there is exactly one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Texts(texts) => match texts.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The attribute called `name` among `messages`.
pub(super) fn find<'a>(image: &Image<'a>, messages: &[Message<'a>], name: &str) -> Result<Option<Attribute>> {
    for message in messages {
        match message.kind {
            kind::ATTRIBUTE => {
                if let Some(found) = read(image, message.data, name)? {
                    return Ok(Some(found));
                }
            }
            kind::ATTRIBUTE_INFO => not_dense(image, message.data)?,
            _ => {}
        }
    }
    Ok(None)
}

fn not_dense(image: &Image<'_>, data: &[u8]) -> Result<()> {
    let mut cursor = Cursor::new(data, "attribute info");
    cursor.skip(1)?;
    let flags = cursor.u8()?;
    cursor.skip(if flags & 0x01 != 0 { 2 } else { 0 })?;
    match image.address(&mut cursor)? {
        None => Ok(()),
        Some(_) => Err(Error::unsupported(
            "more attributes than fit an object's header; write the file with h5py's libver='earliest'",
        )),
    }
}

/// Reads an attribute message if it is called `wanted`.
fn read<'a>(image: &Image<'a>, data: &'a [u8], wanted: &str) -> Result<Option<Attribute>> {
    let mut cursor = Cursor::new(data, "attribute");
    let version = cursor.u8()?;
    if !(1..=3).contains(&version) {
        return Err(Error::unsupported(format!("attribute version {version}; 1 to 3 are supported")));
    }
    cursor.skip(1)?;
    let sizes = [cursor.u16()?, cursor.u16()?, cursor.u16()?].map(usize::from); // name, type, space
    cursor.skip(if version == 3 { 1 } else { 0 })?; // character set
    let mut part = |size: usize| -> Result<&'a [u8]> {
        let bytes = cursor.take(size)?;
        if version == 1 {
            cursor.align(8);
        }
        Ok(bytes)
    };
    let [name, datatype, space] = [part(sizes[0])?, part(sizes[1])?, part(sizes[2])?];
    let name = name.split(|b| *b == 0).next().unwrap_or_default();
    if name != wanted.as_bytes() {
        return Ok(None);
    }
    let datatype = Datatype::read(datatype)?;
    let count = dataspace::elements(&dataspace::read(image, space)?)?;
    let length = count.checked_mul(datatype.width()).ok_or_else(|| Error::too_large("attribute"))?;
    let values = cursor.take(length)?.chunks_exact(datatype.width());
    Ok(Some(match datatype {
        Datatype::FixedText(_) => Attribute::Texts(values.map(fixed_text).collect()),
        Datatype::HeapText { .. } => Attribute::Texts(heap_texts(image, values)?),
        Datatype::Opaque(_) | Datatype::Other { .. } => Attribute::Other,
        number => Attribute::Numbers(values.map(|bytes| number.number(bytes)).collect()),
    }))
}

fn fixed_text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|b| *b == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).trim_end_matches(' ').to_owned()
}

/// Texts of any length: each value is a length, and a place in a collection of the global heap.
fn heap_texts<'a>(image: &Image<'a>, values: impl Iterator<Item = &'a [u8]>) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for value in values {
        let mut cursor = Cursor::new(value, "text of an attribute");
        let length = cursor.u32()? as usize;
        let (address, index) = (image.address(&mut cursor)?.filter(|a| *a != 0), cursor.u32()?);
        let Some(address) = address.filter(|_| length > 0) else {
            texts.push(String::new());
            continue;
        };
        let collection = image.collection(address)?;
        let object = u16::try_from(index).ok().and_then(|index| collection.get(&index));
        let bytes = object.and_then(|object| object.get(..length));
        let bytes =
            bytes.ok_or_else(|| Error::malformed(format!("text {index} is missing in the global heap")))?;
        image.spend(length)?;
        texts.push(String::from_utf8_lossy(bytes).into_owned());
    }
    Ok(texts)
}

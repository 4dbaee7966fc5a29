//! Object headers: the messages that describe one group or data set, in versions 1 and 2.

use super::{Cursor, Image};
use crate::{Error, Result};

/// What a message is about; the numbers are the format's.
pub(super) mod kind {
    pub(in super::super) const DATASPACE: u16 = 0x01;
    pub(in super::super) const LINK_INFO: u16 = 0x02;
    pub(in super::super) const DATATYPE: u16 = 0x03;
    pub(in super::super) const FILL_VALUE: u16 = 0x05;
    pub(in super::super) const LINK: u16 = 0x06;
    pub(in super::super) const EXTERNAL_FILES: u16 = 0x07;
    pub(in super::super) const LAYOUT: u16 = 0x08;
    pub(in super::super) const FILTERS: u16 = 0x0B;
    pub(in super::super) const ATTRIBUTE: u16 = 0x0C;
    pub(in super::super) const CONTINUATION: u16 = 0x10;
    pub(in super::super) const SYMBOL_TABLE: u16 = 0x11;
    pub(in super::super) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// One message of an object header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
}

/// The messages of the object whose header is at `address`.
pub(super) fn read<'a>(image: &Image<'a>, address: u64) -> Result<Vec<Message<'a>>> {
    let mut cursor = image.cursor(address, "object header")?;
    let version = cursor.clone().u8()?;
    let mut parser = Parser { image, messages: Vec::new(), blocks: Vec::new(), form: Form::Old };
    if version == 1 {
        cursor.skip(2)?;
        cursor.skip(2 + 4)?; // counts of messages and references
        let size = cursor.u32()?;
        cursor.align(8);
        parser.block(cursor.take(size as usize)?)?;
    } else {
        cursor.expect(b"OHDR")?;
        let version = cursor.u8()?;
        if version != 2 {
            return Err(Error::unsupported(format!(
                "object header version {version}; 1 and 2 are supported"
            )));
        }
        let flags = cursor.u8()?;
        cursor.skip(if flags & 0x20 != 0 { 16 } else { 0 })?; // times
        cursor.skip(if flags & 0x10 != 0 { 4 } else { 0 })?; // when attributes become dense
        let size = cursor.uint(1 << (flags & 3))?;
        parser.form = Form::New { ordered: flags & 0x04 != 0 };
        parser.block(cursor.take(usize::try_from(size).unwrap_or(usize::MAX))?)?;
    }
    parser.continuations()?;
    Ok(parser.messages)
}

#[derive(Clone, Copy)]
enum Form {
    Old,
    New { ordered: bool },
}

struct Parser<'i, 'a> {
    image: &'i Image<'a>,
    messages: Vec<Message<'a>>,
    blocks: Vec<(u64, u64)>,
    form: Form,
}

impl<'a> Parser<'_, 'a> {
    fn continuations(&mut self) -> Result<()> {
        while let Some((address, length)) = self.blocks.pop() {
            let mut bytes = self.image.slice(address, length, "continuation of an object header")?;
            if matches!(self.form, Form::New { .. }) {
                let mut cursor = Cursor::new(bytes, "continuation of an object header");
                cursor.expect(b"OCHK")?;
                bytes = cursor.take(cursor.remaining().saturating_sub(4))?; // a checksum ends it
            }
            self.block(bytes)?;
        }
        Ok(())
    }

    fn block(&mut self, bytes: &'a [u8]) -> Result<()> {
        self.image.spend(bytes.len() + 16)?;
        let mut cursor = Cursor::new(bytes, "object header");
        while let Some((kind, flags, data)) = self.message(&mut cursor)? {
            const SHARED: u8 = 0x02;
            match kind {
                0 => {}
                kind::CONTINUATION => {
                    let mut cursor = Cursor::new(data, "continuation of an object header");
                    let address = self.image.defined(&mut cursor, "continuation of an object header")?;
                    self.blocks.push((address, self.image.length(&mut cursor)?));
                }
                kind::DATASPACE | kind::DATATYPE | kind::FILTERS | kind::LAYOUT | kind::ATTRIBUTE
                    if flags & SHARED != 0 =>
                {
                    return Err(Error::unsupported(
                        "a shared HDF5 data type; save the file without named types",
                    ));
                }
                _ => self.messages.push(Message { kind, data }),
            }
        }
        Ok(())
    }

    fn message(&self, cursor: &mut Cursor<'a>) -> Result<Option<(u16, u8, &'a [u8])>> {
        let prefix = match self.form {
            Form::Old => 8,
            Form::New { ordered: false } => 4,
            Form::New { ordered: true } => 6,
        };
        if cursor.remaining() < prefix {
            return Ok(None); // a gap too small for a message
        }
        let (kind, size, flags);
        match self.form {
            Form::Old => {
                (kind, size, flags) = (cursor.u16()?, cursor.u16()?, cursor.u8()?);
                cursor.skip(3)?;
            }
            Form::New { ordered } => {
                (kind, size, flags) = (u16::from(cursor.u8()?), cursor.u16()?, cursor.u8()?);
                cursor.skip(if ordered { 2 } else { 0 })?;
            }
        }
        Ok(Some((kind, flags, cursor.take(size.into())?)))
    }
}

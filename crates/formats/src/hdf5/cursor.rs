//! Bytes read little-endian, in order, and never past their end.

use crate::{Error, Result};

/// A place in some bytes of an HDF5 file; `what` names them in messages.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    what: &'static str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, position: 0, what }
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.position..];
        let Some(taken) = rest.get(..length) else {
            let (what, left) = (self.what, rest.len());
            return Err(Error::malformed(format!("{what}: expected {length} more bytes, {left} are left")));
        };
        self.position += length;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, length: usize) -> Result<()> {
        self.take(length).map(|_| ())
    }

    /// Moves on to the next multiple of `step`, or to the end.
    pub(super) fn align(&mut self, step: usize) {
        self.position = self.position.next_multiple_of(step).min(self.bytes.len());
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(self.uint(2)? as u16)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(self.uint(4)? as u32)
    }

    /// An unsigned integer of `width` bytes, at most 8.
    pub(super) fn uint(&mut self, width: usize) -> Result<u64> {
        let mut value = [0; 8];
        value[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(value))
    }

    /// Fails unless the next bytes are `signature`.
    pub(super) fn expect(&mut self, signature: &[u8]) -> Result<()> {
        match self.take(signature.len())? {
            found if found == signature => Ok(()),
            found => {
                let (what, wanted) = (self.what, String::from_utf8_lossy(signature));
                let found = String::from_utf8_lossy(found);
                Err(Error::malformed(format!("{what}: expected the mark {wanted}, received {found:?}")))
            }
        }
    }
}

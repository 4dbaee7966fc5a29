//! The bytes of a whole HDF5 file, the widths of its addresses, and how much work it may cause.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::Cursor;
use crate::{Error, Result};

/// The objects of a collection of the global heap, by their index.
pub(super) type Collection<'a> = HashMap<u16, &'a [u8]>;

/// A file's bytes from its superblock on; addresses count from there.
pub(super) struct Image<'a> {
    bytes: &'a [u8],
    /// Bytes of an address.
    pub(super) offset_width: usize,
    /// Bytes of a length.
    pub(super) length_width: usize,
    budget: Cell<u64>,
    /// Collections of the global heap that were read, and the work that others may still cause: many attributes lie
    /// in one, and each is read once.
    collections: RefCell<HashMap<u64, Rc<Collection<'a>>>>,
    heap_budget: Cell<u64>,
}

impl<'a> Image<'a> {
    pub(super) fn new(bytes: &'a [u8], offset_width: usize, length_width: usize) -> Self {
        Self {
            bytes,
            offset_width,
            length_width,
            budget: Cell::new(budget(bytes)),
            collections: RefCell::default(),
            heap_budget: Cell::new(budget(bytes)),
        }
    }

    /// Gives a new task its full budget.
    pub(super) fn renew(&self) {
        self.budget.set(budget(self.bytes));
    }

    /// Charges for `bytes` of structures read. A real file's are read once, so one that costs several times its
    /// own length points back at itself.
    pub(super) fn spend(&self, bytes: usize) -> Result<()> {
        spend(&self.budget, bytes)
    }

    /// The collection of the global heap at `address`.
    pub(super) fn collection(&self, address: u64) -> Result<Rc<Collection<'a>>> {
        if let Some(known) = self.collections.borrow().get(&address) {
            return Ok(Rc::clone(known));
        }
        let read = Rc::new(self.read_collection(address)?);
        self.collections.borrow_mut().insert(address, Rc::clone(&read));
        Ok(read)
    }

    fn read_collection(&self, address: u64) -> Result<Collection<'a>> {
        let mut cursor = self.cursor(address, "global heap")?;
        cursor.expect(b"GCOL")?;
        cursor.skip(4)?;
        let size = self.length(&mut cursor)?;
        let mut cursor = Cursor::new(self.slice(address, size, "global heap")?, "global heap");
        cursor.skip(8 + self.length_width)?;
        let mut objects = HashMap::new();
        while cursor.remaining() >= 8 + self.length_width {
            let index = cursor.u16()?;
            cursor.skip(6)?;
            let length = self.length(&mut cursor)?;
            if index == 0 {
                break; // what is left is free
            }
            spend(&self.heap_budget, 16)?;
            objects.insert(index, cursor.take(usize::try_from(length).unwrap_or(usize::MAX))?);
            cursor.align(8);
        }
        Ok(objects)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The `length` bytes at `address`.
    pub(super) fn slice(&self, address: u64, length: u64, what: &'static str) -> Result<&'a [u8]> {
        let range = usize::try_from(address).ok().zip(usize::try_from(length).ok());
        let range = range.and_then(|(start, length)| Some(start..start.checked_add(length)?));
        range.and_then(|range| self.bytes.get(range)).ok_or_else(|| {
            let total = self.bytes.len();
            Error::malformed(format!(
                "{what}: expected {length} bytes at {address}, but the file ends at {total}; it may be truncated"
            ))
        })
    }

    /// Everything from `address` on.
    pub(super) fn cursor(&self, address: u64, what: &'static str) -> Result<Cursor<'a>> {
        let rest = (self.bytes.len() as u64).saturating_sub(address);
        Ok(Cursor::new(self.slice(address, rest, what)?, what))
    }

    /// An address, or `None` where the file says that there is none.
    pub(super) fn address(&self, cursor: &mut Cursor<'_>) -> Result<Option<u64>> {
        let value = cursor.uint(self.offset_width)?;
        let undefined = u64::MAX >> (64 - 8 * self.offset_width);
        Ok((value != undefined).then_some(value))
    }

    /// An address that must be there.
    pub(super) fn defined(&self, cursor: &mut Cursor<'_>, what: &'static str) -> Result<u64> {
        self.address(cursor)?.ok_or_else(|| Error::malformed(format!("{what}: its address is missing")))
    }

    pub(super) fn length(&self, cursor: &mut Cursor<'_>) -> Result<u64> {
        cursor.uint(self.length_width)
    }
}

fn spend(budget: &Cell<u64>, bytes: usize) -> Result<()> {
    let left = budget.get().checked_sub(bytes as u64);
    budget.set(left.unwrap_or(0));
    left.map(|_| ()).ok_or_else(|| Error::malformed("the structures of the file point back at each other"))
}

fn budget(bytes: &[u8]) -> u64 {
    4 * bytes.len() as u64 + 4096
}

//! The old form of `.pth`: five pickles in a row, then the storages.
//!
//! A mark, a version, facts about the machine, the object, the keys of its storages; then for each key the number of
//! values (8 bytes) and the values.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Tensor;
use super::pickle;
use super::tensors::{self, Storages};
use super::value::{Storage, Value};
use crate::{Error, Result};

/// The pickle of 0x1950a86a20f9469cfc6c.
pub(crate) const MARK: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const VERSION: i64 = 1001;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Tensor>> {
    let Some(rest) = bytes.strip_prefix(MARK) else {
        return Err(Error::malformed(
            "this is not a PyTorch file: it starts with neither of the two forms' marks",
        ));
    };
    let (version, rest) = pickle::read(rest)?;
    if *version.get(version.root()) != Value::Int(VERSION) {
        return Err(Error::unsupported(format!("the file's version is not {VERSION}")));
    }
    let (machine, rest) = pickle::read(rest)?;
    if let Value::Dictionary(facts) = machine.get(machine.root())
        && facts.iter().any(|(key, value)| {
            *machine.get(*key) == Value::Text("little_endian") && *machine.get(*value) == Value::Bool(false)
        })
    {
        return Err(Error::unsupported("the file was written on a big-endian machine"));
    }
    let (object, rest) = pickle::read(rest)?;
    let (keys, rest) = pickle::read(rest)?;
    let Value::List(keys_in_order) = keys.get(keys.root()) else {
        return Err(Error::malformed("the list of storages is missing"));
    };
    let mut keys_in_order = keys_in_order.iter().map(|key| keys.get(*key));
    let storages = storages(&object, &mut keys_in_order, rest)?;
    tensors::read(&object, &storages, bytes.len())
}

fn storages<'a, 'k>(
    object: &pickle::Pickle<'_>,
    keys: &mut dyn Iterator<Item = &Value<'k>>,
    mut rest: &'a [u8],
) -> Result<Storages<'a>> {
    let declared: HashMap<&str, Storage<'_>> =
        tensors::storages(object).map(|storage| (storage.key, storage)).collect();
    let mut storages = Storages::new();
    for key in keys {
        let Value::Text(key) = key else { return Err(Error::malformed("a storage's key is no text")) };
        let storage =
            declared.get(key).ok_or_else(|| Error::malformed(format!("no tensor uses storage {key}")))?;
        let truncated =
            || Error::malformed(format!("storage {key} ends after the file; it may be truncated"));
        let (count, after) = rest.split_first_chunk().ok_or_else(truncated)?;
        let count = u64::from_le_bytes(*count);
        if count != storage.elements as u64 {
            let expected = storage.elements;
            return Err(Error::malformed(format!(
                "storage {key}: expected {expected} values, received {count}"
            )));
        }
        let length = storage.elements.checked_mul(storage.kind.width()).ok_or_else(truncated)?;
        let (values, after) = after.split_at_checked(length).ok_or_else(truncated)?;
        storages.insert((*key).to_owned(), Cow::Borrowed(values));
        rest = after;
    }
    Ok(storages)
}

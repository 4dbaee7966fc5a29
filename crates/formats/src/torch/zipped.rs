//! The new form of `.pth`: a zip of `data.pkl` and one member a storage.

use std::borrow::Cow;
use std::io::{Read, Seek};

use super::Tensor;
use super::pickle;
use super::tensors::{self, Storages};
use crate::archive::Archive;
use crate::{Error, Result};

/// No pickle may be larger; real ones have about 150 bytes a tensor.
const MOST_PICKLE_BYTES: u64 = 64 << 20;

pub(super) fn read(reader: impl Read + Seek, bytes: usize) -> Result<Vec<Tensor>> {
    let mut archive = Archive::open(reader)?;
    let folder = archive.names().find_map(|name| name.strip_suffix("data.pkl").map(str::to_owned));
    let folder =
        folder.ok_or_else(|| Error::malformed("this archive has no data.pkl: it is not PyTorch's"))?;
    let mut member = |name: String, most: u64| -> Result<Vec<u8>> {
        archive.member(&name, most)?.ok_or_else(|| Error::malformed(format!("{name} is missing")))
    };
    let order = member(format!("{folder}byteorder"), 16).unwrap_or_default();
    if order == b"big" {
        return Err(Error::unsupported("the file was written on a big-endian machine"));
    }
    let pickle_bytes = member(format!("{folder}data.pkl"), MOST_PICKLE_BYTES)?;
    let (object, _) = pickle::read(&pickle_bytes)?;
    let mut storages = Storages::new();
    for storage in tensors::storages(&object) {
        if !storages.contains_key(storage.key) {
            let expected = storage.elements.saturating_mul(storage.kind.width());
            let values = member(format!("{folder}data/{}", storage.key), expected as u64)?;
            storages.insert(storage.key.to_owned(), Cow::Owned(values));
        }
    }
    let held: usize = storages.values().map(|values| values.len()).sum();
    tensors::read(&object, &storages, bytes.max(held))
}

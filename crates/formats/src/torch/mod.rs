//! PyTorch's `.pth`: the tensors of a state dictionary, from the old form (a row of pickles) and the new (a zip).
//!
//! A pickle is a program; ours runs none. It understands the few instructions that dictionaries of tensors need, and
//! knows four names: `collections.OrderedDict`, `torch._utils._rebuild_tensor_v2`, `_rebuild_parameter` and the
//! storages of `torch`. Anything else is an error that names it. Source: `torch.serialization`, Python's `pickletools`.

mod layout;
mod legacy;
mod load;
mod pickle;
mod prefix;
mod storage;
mod tensors;
mod value;
mod zipped;

use std::io::Cursor;
use std::path::Path;

use layout::to_keras_layout;

pub(crate) use legacy::MARK;
pub(crate) use load::load;
pub(crate) use storage::Kind;

use crate::{Error, Result, whole_file};

/// A named array of a state dictionary, in PyTorch's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its key, as `features.0.weight`; a `.` joins the keys of dictionaries in dictionaries.
    pub name: String,
    /// Its extents, outermost first; none for a single value.
    pub shape: Vec<usize>,
    /// Its values in that order, whatever the strides in the file and the type: integers beyond 2^24 are rounded.
    pub data: Vec<f32>,
}

/// Reads the tensors of the file at `path`, in its order.
///
/// # Errors
/// The file cannot be read, is truncated or damaged, or holds what is no plain dictionary of tensors.
pub fn read(path: &Path) -> Result<Vec<Tensor>> {
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    whole_file::read(file).and_then(|bytes| read_bytes(&bytes)).map_err(|e| e.within(path.display()))
}

/// Reads the tensors of a file from its bytes.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_bytes(bytes: &[u8]) -> Result<Vec<Tensor>> {
    match bytes.starts_with(b"PK\x03\x04") {
        true => zipped::read(Cursor::new(bytes), bytes.len()),
        false => legacy::read(bytes),
    }
}

#[cfg(test)]
mod tests;

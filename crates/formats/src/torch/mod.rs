//! PyTorch's `.pth`: the tensors of a state dictionary, from the old form (a row of pickles) and the new (a zip).
//!
//! A pickle is a program; ours runs none. It understands the few instructions that dictionaries of tensors need, and
//! knows four names: `collections.OrderedDict`, `torch._utils._rebuild_tensor_v2`, `_rebuild_parameter` and the
//! storages of `torch`. Anything else is an error that names it. Source: `torch.serialization`, Python's `pickletools`.

mod assign;
mod layout;
mod legacy;
mod pickle;
mod storage;
mod tensors;
mod zipped;

use std::io::Cursor;
use std::path::Path;

pub use assign::{assign, load};
pub use layout::to_keras_layout;

pub(crate) use legacy::MARK;
pub(crate) use storage::Kind;

use crate::{Error, Result};

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
    let bytes = std::fs::read(path).map_err(|e| Error::reading(path, &e))?;
    read_bytes(&bytes).map_err(|e| e.within(path.display()))
}

/// Reads the tensors of a file from its bytes.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<Vec<Tensor>> {
    match bytes.starts_with(b"PK\x03\x04") {
        true => zipped::read(Cursor::new(bytes), bytes.len()),
        false => legacy::read(bytes),
    }
}

#[cfg(test)]
mod tests;

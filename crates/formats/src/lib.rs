//! Model files: one folder a format.

mod archive;
mod error;
mod expansion;
mod half;
pub mod hdf5;
pub mod keras;
mod loaded;
#[cfg(test)]
mod mutation;
pub mod safetensors;
mod stored;
pub mod torch;
pub mod weights;

pub use archive::read_member;
pub use error::{Error, ErrorKind, Result};
pub use loaded::{Loaded, Matching, Which};

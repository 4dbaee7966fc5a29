//! Model files: one folder a format.

mod archive;
mod error;
mod expansion;
mod figures;
mod half;
pub mod hdf5;
mod json;
pub mod keras;
mod loaded;
#[cfg(test)]
mod mutation;
pub mod safetensors;
mod scaling;
mod stored;
pub mod torch;
pub mod weights;
mod whole_file;

pub use error::{Error, ErrorKind, Result};
pub use loaded::{Loaded, Matching, Which};
pub use scaling::Scaling;

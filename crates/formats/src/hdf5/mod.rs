//! HDF5, as far as Keras's files need it: a reader and a writer of our own.
//!
//! Read: superblocks 0 to 3, groups of the old form (symbol tables) and the new one (links, dense or not), object
//! headers 1 and 2, data sets contiguous, compact and in chunks (deflate, shuffle), numbers of the usual widths in
//! both byte orders, attributes of text and numbers. Nothing outside the file is followed.
//! Written: superblock 0 and groups of the old form, which every version of the HDF5 library opens.
//! Source: the HDF5 File Format Specification, version 3.0.

mod attribute;
mod chunks;
mod cursor;
mod dataset;
mod dataspace;
mod datatype;
mod dense;
mod file;
mod header;
mod image;
mod links;
mod superblock;
mod tree;
mod writer;

use cursor::Cursor;
use image::Image;

pub use attribute::Attribute;
pub use dataset::Dataset;
pub use file::{File, Item};
pub use writer::{Layout, Writer};

pub(crate) use superblock::SIGNATURE;

#[cfg(test)]
mod tests;

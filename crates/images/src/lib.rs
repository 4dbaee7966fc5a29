//! Pictures on disk to batches.
//!
//! A picture walks from the top of this list to its end:
//! 1. [`read_folder`] lists a folder of class folders and says what it left out;
//! 2. [`Listing::split`] shares the pictures out, class by class, between training, validation and test;
//! 3. [`Preprocess`] decodes a picture of any kind and brings it to the model's input size;
//! 4. [`Source`] does that for one part, by several threads, and keeps the pictures when they fit in memory;
//! 5. [`Augment`] moves and relights a picture at random, in one pass;
//! 6. [`Batches`] hands over [`Batch`]es ahead of need, the same ones at any number of threads.

mod affine;
mod augment;
mod batch;
mod batches;
mod content;
mod decode;
mod duplicates;
mod error;
mod folder;
mod listing;
mod orientation;
mod picture;
mod placement;
mod preprocess;
mod random;
mod resample;
mod source;
mod split;
mod warp;

pub use augment::{Augment, Flip};
pub use batch::Batch;
pub use batches::{Batches, Order};
pub use error::{Error, ErrorKind, Result};
pub use folder::{pictures_below, read_folder};
pub use listing::{Listing, Sample, Skipped};
pub use picture::Picture;
pub use preprocess::{Channels, Exif, Preprocess, Resize};
pub use source::{Kept, LoadReport, Source, SourceOptions};
pub use split::{Shares, Split};

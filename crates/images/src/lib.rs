//! Pictures on disk to batches.
//!
//! A picture walks from the top of this list to its end:
//! 1. [`read_set`] lists a folder of class folders, or what a table names, and says what it left out;
//! 2. [`Listing::split`] or [`Listing::fold`] shares the pictures out, class by class, between training,
//!    validation and test;
//! 3. [`Preprocess`] decodes a picture of any kind and brings it to the model's input size;
//! 4. [`Source`] does that for one part, by several threads, and keeps the pictures when they fit in memory;
//! 5. [`Augment`] moves and relights a picture at random, in one pass, and may mix it with the next;
//! 6. [`Sampler`] says which picture's turn comes when: all of them shuffled, classes balanced,
//!    a segment after the other;
//! 7. [`Batches`] hands over [`Batch`]es ahead of need, the same ones at any number of threads.

mod affine;
mod augment;
mod batch;
mod batches;
mod beta;
mod caption;
mod colour;
mod content;
mod decode;
mod draw;
mod duplicates;
mod error;
mod folder;
mod grouping;
mod inside;
mod listing;
mod listing_file;
mod mixing;
mod orientation;
mod part;
mod picture;
mod placement;
mod preprocess;
mod random;
mod resample;
mod sampler;
mod segment_memory;
mod set;
mod sheet;
mod source;
mod split;
mod statistics;
mod tfrecord;
mod warp;

pub use augment::{Augment, Fill, Flip, RandAugment};
pub use batch::Batch;
pub use batches::{Batches, Order};
pub use caption::{CAPTION_HEIGHT, captioned};
pub use content::Format;
pub use decode::{Inspected, Inspection, Inspector};
pub use draw::Draw;
pub use duplicates::Duplicate;
pub use error::{Error, ErrorKind, Result};
pub use folder::{pictures_below, read_folder};
pub use inside::{is_below, is_searched};
pub use listing::{Listing, Record, Sample, Skipped, Unread};
pub use listing_file::{Columns, read_listing};
pub use mixing::Mix;
pub use part::Part;
pub use picture::Picture;
pub use preprocess::{Channels, Exif, Preprocess, Resize};
pub use random::shuffle;
pub use sampler::{Sampler, Sampling, Segments};
pub use set::read_set;
pub use sheet::{check_sheet, sheet};
pub use source::{Kept, LoadReport, Source, SourceOptions};
pub use split::{Fold, Shares, Split};
pub use statistics::{ChannelStatistics, channel_statistics};
pub use tfrecord::{Encoding, read_tfrecords, write_record};

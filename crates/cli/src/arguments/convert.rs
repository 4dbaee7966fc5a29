//! The arguments of `linnaeus convert`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::listing::ListingColumns;
use super::values::{ImageSize, image_size, positive};

/// What a conversion is told.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// A folder of class folders, a listing, or TFRecord files
    pub(crate) data: PathBuf,
    /// The form
    #[arg(long, value_enum)]
    pub(crate) to: DataFormat,
    /// The folder of the files
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// compressed (files' bytes), raw (pixels) or normalized (float32 in 0 to 1)
    #[arg(long, value_name = "HOW", default_value = "compressed")]
    pub(crate) encoding: String,
    /// Bring pixels to this side, or HEIGHT,WIDTH [default: as they are]
    #[arg(long, value_name = "PIXELS", value_parser = image_size)]
    pub(crate) image_size: Option<ImageSize>,
    /// Files for each part [default: one for each 128 MiB]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) shards: Option<usize>,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
}

/// Forms of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    /// TensorFlow's records
    Tfrecord,
}

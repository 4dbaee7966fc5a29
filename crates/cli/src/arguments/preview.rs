//! The arguments of `linnaeus preview`.

use std::path::PathBuf;

use clap::Args;

use super::listing::ListingColumns;
use super::values::{ImageSize, few, image_size, seed};

/// What a preview is told.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// A folder of class folders, a listing, or TFRecord files
    pub(crate) data: PathBuf,
    /// As `train` takes it: flip,rotation=0.1,zoom=0.1
    #[arg(long, value_name = "LIST")]
    pub(crate) augment: String,
    /// The PNG to write
    #[arg(long, value_name = "FILE", default_value = "preview.png")]
    pub(crate) out: PathBuf,
    /// Pictures, a row each; they take turns among the classes
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = few)]
    pub(crate) pictures: usize,
    /// Variants of each, beside the picture itself
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = few)]
    pub(crate) variants: usize,
    /// Side of a picture, or HEIGHT,WIDTH
    #[arg(long, value_name = "PIXELS", value_parser = image_size, default_value = "160")]
    pub(crate) image_size: ImageSize,
    /// Everything random follows from it
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
}

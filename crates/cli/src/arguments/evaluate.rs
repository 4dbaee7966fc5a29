//! The arguments of `linnaeus evaluate`.

use std::path::PathBuf;

use clap::Args;

use super::listing::ListingColumns;
use super::values::{batch_size, probability, threads};

/// What an evaluation is told.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A .keras file, or a run's folder
    pub(crate) model: PathBuf,
    /// A folder of class folders, a listing or TFRecord files; where there are parts, the test part
    pub(crate) data: PathBuf,
    /// Of two classes, the probability of the second above which it is the answer [default: the model's own]
    #[arg(long, value_name = "P", value_parser = probability)]
    pub(crate) threshold: Option<f32>,
    /// Pictures at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    /// Write result.json and report.html to this folder [default: nothing is written]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
}

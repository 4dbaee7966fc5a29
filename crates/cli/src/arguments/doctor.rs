//! The arguments of `linnaeus doctor`.

use std::path::PathBuf;

use clap::Args;

use super::listing::ListingColumns;
use super::values::threads;

/// What the doctor is told.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 where nothing is wrong, or there is advice alone; 1 where there are faults, but for \
                        those that --quarantine took away; 2 for wrong use."
)]
pub(crate) struct Doctor {
    /// A folder of class folders, or one that holds train/ (and val/ and test/); a .csv, .json or .jsonl of pictures and
    /// their labels; or TFRecord files: one .tfrecord, or a folder of them
    pub(crate) data: PathBuf,
    /// Write a page that shows the pictures side by side
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Move files that can't be read, exact copies but for one, and exact copies under two labels to this folder, as they
    /// lay in the set; moved.csv there says from where and why. Nothing is deleted or overwritten
    #[arg(long, value_name = "DIR")]
    pub(crate) quarantine: Option<PathBuf>,
    /// Threads that decode; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
    /// Of a listing: the column of the group, as a patient; pictures of a group stay together when a set is split
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group_column: Option<String>,
    /// Groups by what a regular expression finds in the pictures' paths
    #[arg(long, value_name = "REGEX")]
    pub(crate) group_by: Option<String>,
}

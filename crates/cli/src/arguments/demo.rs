//! The arguments of `linnaeus demo`.

use std::path::PathBuf;

use clap::Args;

use super::values::{positive, seed, threads};

/// What the demo may be told.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Epochs
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = positive)]
    pub(crate) epochs: usize,
    /// Everything random follows from it
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    /// The run's folder [default: runs/food-NUMBER]
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

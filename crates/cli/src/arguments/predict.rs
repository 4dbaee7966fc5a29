//! The arguments of `linnaeus predict`.

use std::path::PathBuf;

use clap::Args;

use super::values::{batch_size, positive, threads};

/// What a prediction is told.
#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// A .keras file, a run's folder, or the name of a network with published weights (a file that is called so is ./NAME)
    pub(crate) model: String,
    /// Pictures, and folders of pictures
    #[arg(required = true)]
    pub(crate) pictures: Vec<PathBuf>,
    /// How many classes to name [default: 3; with --json, all]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) top: Option<usize>,
    /// Pictures at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
}

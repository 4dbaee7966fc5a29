//! The arguments of `linnaeus bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{batch_size, positive, threads, whole};

/// What to measure. What is for the engine only, or for the pictures only, has no default here, so that it is known
/// whether it was given.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The name of a network, or `pipeline` for the pictures' way alone
    pub(crate) model: String,
    /// For `pipeline`: a folder of class folders
    pub(crate) data: Option<PathBuf>,
    /// What the engine does [default: predict]
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,
    /// Pictures a step
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// For a network: steps that are timed, after one that is not [default: 8]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) steps: Option<usize>,
    /// Side of the pictures
    #[arg(long, value_name = "PIXELS", default_value_t = 224, value_parser = whole)]
    pub(crate) image_size: usize,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    /// For a network: time each layer beside what the machine could do at most
    #[arg(long)]
    pub(crate) profile: bool,
    /// For `pipeline`: as in training [default: flip,rotation=0.1,zoom=0.1]
    #[arg(long, value_name = "LIST")]
    pub(crate) augment: Option<String>,
}

/// What the engine does while it is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Forward
    #[default]
    Predict,
    /// A head on a frozen base, the base's forward included
    Frozen,
    /// Everything is trained
    Full,
}

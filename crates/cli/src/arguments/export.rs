//! The arguments of `linnaeus export`.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::values::{Format, format};

/// What an export is told.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A .keras file, a run's folder, or the name of a network
    pub(crate) model: String,
    /// json (Keras's to_json: the architecture alone) and safetensors (the weights)
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', action = ArgAction::Set, required = true, value_parser = format)]
    pub(crate) to: Vec<Format>,
    /// A folder; or the file, where there is one format [default: beside the model; of a network, this folder]
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,
}

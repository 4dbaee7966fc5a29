//! The arguments of `linnaeus weights`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::whole;

/// What to do with weights.
#[derive(Debug, Args)]
pub(crate) struct Weights {
    #[command(subcommand)]
    pub(crate) action: WeightsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WeightsAction {
    /// List what can be had and what is here
    List {
        /// Every file that was published for this network, with its address
        name: Option<String>,
    },
    /// Fetch, check and convert the published weights of a network
    Pull {
        /// As efficientnet_lite0
        name: String,
        #[command(flatten)]
        variant: Variant,
        /// The base alone, without the classifier of 1000 classes: what training needs, and often a smaller file
        #[arg(long)]
        no_top: bool,
    },
    /// Take weights from a file of yours in the place of the published ones
    Import {
        /// As mobilenet_v2
        name: String,
        /// .keras, .weights.h5, .h5, .pth or .safetensors, or a run's folder
        file: PathBuf,
        #[command(flatten)]
        variant: Variant,
    },
}

/// Which weights, of a network that has several.
#[derive(Debug, Args)]
pub(crate) struct Variant {
    /// The width multiplier
    #[arg(long, default_value_t = 1.0)]
    pub(crate) alpha: f32,
    /// Side of the pictures that they were trained on [default: what the network was made for]
    #[arg(long, value_name = "PIXELS", value_parser = whole)]
    pub(crate) image_size: Option<usize>,
}

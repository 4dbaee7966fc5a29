//! The arguments of `linnaeus models`.

use clap::{Args, ValueEnum};

use super::values::{ImageSize, image_size, positive, whole};

/// Which networks.
#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Show the layers of this one
    pub(crate) name: Option<String>,
    /// Side of the input in pixels, or HEIGHT,WIDTH [default: what the network was made for]
    #[arg(long, value_name = "PIXELS", value_parser = image_size, requires = "name")]
    pub(crate) image_size: Option<ImageSize>,
    /// 3 for colour, 1 for grey, 4 for colour and alpha [default: what the network was made for]
    #[arg(long, value_name = "N", value_parser = whole, requires = "name")]
    pub(crate) channels: Option<usize>,
    /// The width multiplier
    #[arg(long, default_value_t = 1.0, requires = "name")]
    pub(crate) alpha: f32,
    /// How many classes the classifier tells apart
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = positive, requires = "name")]
    pub(crate) classes: usize,
    /// Without the classifier: Keras's include_top=False
    #[arg(long, requires = "name", conflicts_with = "classes")]
    pub(crate) no_top: bool,
    /// Without the classifier, what becomes of the last feature map: avg, max or flatten [default: it stays a map]
    #[arg(long, value_name = "HOW", requires = "no_top")]
    pub(crate) pooling: Option<Pooling>,
}

/// Keras's `pooling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pooling {
    /// The mean of each channel
    Avg,
    /// The largest value of each channel
    Max,
    /// All values in one row
    Flatten,
}

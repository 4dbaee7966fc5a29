//! The arguments of `linnaeus train`.

use std::path::PathBuf;

use clap::Args;

use super::settings::Settings;

/// What training is told: the data and the settings of a recipe.
#[derive(Debug, Args)]
#[command(
    after_help = "docs/settings.md has every optimizer, schedule, loss, metric, augmentation and initialiser with its settings, \
                  their defaults, Keras's name and an example; Keras's names are taken too."
)]
pub(crate) struct Train {
    /// A folder of class folders, or one that holds train/ (and val/ and test/); a .csv, .json or .jsonl of pictures and
    /// their labels; or TFRecord files: one .tfrecord, or a folder of them
    pub(crate) data: Option<PathBuf>,
    /// Read settings from a TOML file, in which the options' names have _ for -; options on the command line come before it
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: Option<PathBuf>,
    /// Go on with a run that was left, by its own recipe, to the same bits; with DATA where its pictures have moved to
    #[arg(long, value_name = "RUN", conflicts_with = "recipe")]
    pub(crate) resume: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

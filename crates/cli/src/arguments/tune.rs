//! What may be found out before training.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::settings::Settings;
use super::values::{few, positive};

/// What to find out.
#[derive(Debug, Args)]
pub(crate) struct Tune {
    #[command(subcommand)]
    pub(crate) action: TuneAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TuneAction {
    /// Search a learning rate: a range test, short trainings at rates of a grid, and finer around the best
    Lr(Box<TuneRate>),
    /// Probe for negative transfer: frozen, fine-tuned and from scratch side by side (by default in 6 epochs each, and
    /// with --fine-tune-learning-rate 0.0001)
    Transfer(Box<TuneTransfer>),
}

/// What would be trained: as `train` has it.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// As `train` takes it
    pub(crate) data: Option<PathBuf>,
    /// Read settings from a TOML file, as `train` does
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: Option<PathBuf>,
    /// Training pictures that are looked at, at most, of each class its share; and as many for validation
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = positive)]
    pub(crate) pictures: usize,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// What a search for a rate is told.
#[derive(Debug, Args)]
pub(crate) struct TuneRate {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// The grid's first rate; where the best lies at an edge, the grid is widened
    #[arg(long, value_name = "RATE", default_value_t = 1e-5)]
    pub(crate) from: f64,
    /// The grid's last rate
    #[arg(long, value_name = "RATE", default_value_t = 1.0)]
    pub(crate) to: f64,
    /// Epochs of each try [default: as many as make 60 steps, 2 at least]
    #[arg(long, value_name = "N", value_parser = few)]
    pub(crate) trial_epochs: Option<usize>,
    /// Steps of the range test
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = range_steps)]
    pub(crate) range_steps: usize,
    /// Write a page with the drawing to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// What a probe for negative transfer is told.
#[derive(Debug, Args)]
pub(crate) struct TuneTransfer {
    #[command(flatten)]
    pub(crate) asked: Asked,
}

fn range_steps(text: &str) -> Result<usize, String> {
    let steps = text.parse().ok().filter(|steps| (10..=100_000).contains(steps));
    steps.ok_or_else(|| "expected 10 to 100000".to_owned())
}

//! What may be found out before training.

use std::path::PathBuf;

use clap::{Args, Command, Subcommand};

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
    /// Probe for negative transfer: frozen, fine-tuned and from scratch side by side
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

impl TuneTransfer {
    /// Step size of fine-tuning where neither the line nor a recipe says it: a tenth of that of the head, for of what train
    /// has, a few epochs would show nothing.
    pub(crate) const FINE_TUNE_LEARNING_RATE: f64 = 1e-4;
    /// The epochs of each way then.
    pub(crate) const EPOCHS: usize = 6;
}

const UNUSED: &str = "Settings that only the training itself has a use for, as those of the monitor, of checkpoints and of \
                      stopping early, are in the line that is printed at the end.";

/// With the help of settings that mean something else here than in `train`.
pub(super) fn with_help(command: Command) -> Command {
    command.mut_subcommand("lr", lr_help).mut_subcommand("transfer", transfer_help)
}

fn lr_help(command: Command) -> Command {
    command
        .after_help(UNUSED)
        .mut_arg("epochs", |arg| {
            arg.help("For the line that is printed; tries have --trial-epochs [default: 10]")
        })
        .mut_arg("learning_rate", |arg| {
            arg.help("What is searched between --from and --to, so that it has no use here")
        })
        .mut_arg("out", |arg| {
            arg.help("Write tune-lr.json and tune-lr.html to this folder [default: nothing is written]")
        })
}

fn transfer_help(command: Command) -> Command {
    let beside = "with --recipe, as `train` has it";
    let epochs = format!(
        "Epochs of each way, of which fine-tuning takes half for its second stage [default: {}; {beside}]",
        TuneTransfer::EPOCHS
    );
    let rate = TuneTransfer::FINE_TUNE_LEARNING_RATE;
    let rate = format!("Step size of that stage [default: {rate}; {beside}]");
    command
        .after_help(UNUSED)
        .mut_arg("epochs", |arg| arg.help(epochs))
        .mut_arg("fine_tune", |arg| {
            arg.help(
                "What the fine-tuned way trains in its second stage: the last N layers of the base, those from the layer of \
                 this name on, its last blocks, as \"2 blocks\", or all [default: all]",
            )
        })
        .mut_arg("fine_tune_learning_rate", |arg| arg.help(rate))
        .mut_arg("fine_tune_epochs", |arg| {
            arg.help("For the line that is printed; here it is half of --epochs [default: 5]")
        })
        .mut_arg("fine_tune_rate_decay", |arg| arg.help("Of --fine-tune blocks, which a probe does not take"))
        .mut_arg("out", |arg| {
            arg.help("Write tune-transfer.json to this folder [default: nothing is written]")
        })
}

fn range_steps(text: &str) -> Result<usize, String> {
    let steps = text.parse().ok().filter(|steps| (10..=100_000).contains(steps));
    steps.ok_or_else(|| "expected 10 to 100000".to_owned())
}

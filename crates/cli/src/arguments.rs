//! The command line, in the words of Keras.

mod bench;
mod convert;
mod demo;
mod doctor;
mod evaluate;
mod export;
mod listing;
mod models;
mod predict;
mod preview;
mod settings;
mod train;
mod tune;
mod values;
mod weights;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use bench::{Bench, Mode};
pub(crate) use convert::{Convert, DataFormat};
pub(crate) use demo::Demo;
pub(crate) use doctor::Doctor;
pub(crate) use evaluate::Evaluate;
pub(crate) use export::Export;
pub(crate) use models::{Models, Pooling};
pub(crate) use predict::Predict;
pub(crate) use preview::Preview;
pub(crate) use settings::Settings as TrainSettings;
pub(crate) use train::Train;
pub(crate) use tune::{Asked, Tune, TuneAction, TuneRate, TuneTransfer};
pub(crate) use values::{Format, ImageSize};
pub(crate) use weights::{Variant, Weights, WeightsAction};

/// From a folder of labelled pictures to a trained, tested image classifier.
#[derive(Debug, Parser)]
#[command(name = "linnaeus", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// The command line, checked as far as that goes without the files that it names.
    pub(crate) fn read() -> Self {
        let value = |arg: clap::Arg| {
            let is_option = arg.get_long().is_some() && arg.get_action().takes_values();
            // `--epochs -3` is a wrong value, not an option `-3` that nobody knows.
            if is_option { arg.allow_negative_numbers(true) } else { arg }
        };
        let nested = |command: clap::Command| command.mut_args(value);
        let command = Self::command().mut_subcommand("tune", tune::with_help);
        let command = command.mut_subcommands(|command| nested(command).mut_subcommands(nested));
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole job on real photos, from nothing
    Demo(Demo),
    /// Train a classifier on a folder of pictures, and test it
    Train(Box<Train>),
    /// Judge a model on labelled pictures
    Evaluate(Evaluate),
    /// Ask a model what pictures show
    Predict(Predict),
    /// List the networks, or show the layers of one
    Models(Models),
    /// Bring weights that others trained
    Weights(Weights),
    /// Write a model in another form
    Export(Export),
    /// Write a set of pictures in another form: TFRecord files
    Convert(Convert),
    /// Show what augmentation makes of pictures, on one sheet
    Preview(Preview),
    /// Look for what is wrong with a set of pictures, before anything is trained on it
    Doctor(Doctor),
    /// Find out before training: the learning rate, or whether a pretrained base helps
    Tune(Tune),
    /// Measure the engine, or the pictures' way alone
    Bench(Bench),
}

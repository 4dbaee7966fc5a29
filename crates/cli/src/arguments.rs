//! The command line, in the words of Keras.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use serde::Serialize;

/// From a folder of labelled pictures to a trained, tested image classifier.
#[derive(Debug, Parser)]
#[command(name = "linnaeus", version, about, arg_required_else_help = true)]
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
        let command = Self::command().mut_subcommands(|command| command.mut_args(value));
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
    /// Measure the engine, or the pictures' way alone
    Bench(Bench),
}

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

/// What training is told: the data and the settings of a recipe.
#[derive(Debug, Args)]
pub(crate) struct Train {
    /// A folder of class folders, or one that holds train/ (and val/ and test/)
    pub(crate) data: Option<PathBuf>,
    /// Read settings from a TOML file; options on the command line come before it
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// Settings of a recipe; those that are not given stay as the recipe has them.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Settings {
    /// The network under the new head [default: efficientnet_lite0]; see `linnaeus models`
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    /// What the base starts from: imagenet, none, or a file: .keras, .weights.h5, .h5, .pth, .safetensors
    #[arg(long, value_name = "imagenet|none|FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    /// Side of the input in pixels, or HEIGHT,WIDTH [default: what the base was made for]
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', action = ArgAction::Set, value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    image_size: Option<Vec<usize>>,
    /// rgb or grayscale [default: rgb]
    #[arg(long, value_name = "MODE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    color_mode: Option<String>,
    /// stretch, pad or crop pictures of another shape [default: stretch]
    #[arg(long, value_name = "HOW")]
    #[serde(skip_serializing_if = "Option::is_none")]
    resize: Option<String>,
    /// MobileNet's width multiplier [default: 1]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f64>,
    /// How the head reads the base's last feature map: avg, max or flatten [default: what suits the base]
    #[arg(long, value_name = "HOW")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pooling: Option<String>,
    /// softmax, or sigmoid for two classes [default: what the loss asks for]
    #[arg(long, value_name = "KIND")]
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    /// Share of features that the head drops while training [default: 0]
    #[arg(long, value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    dropout: Option<f64>,
    /// Pictures a step [default: 32]
    #[arg(long, value_name = "N", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_size: Option<usize>,
    /// Epochs of the first stage [default: 10]
    #[arg(long, value_name = "N", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    /// adam or sgd [default: adam]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    optimizer: Option<String>,
    /// Step size [default: 0.001]
    #[arg(long, value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate: Option<f64>,
    /// For sgd [default: 0]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    momentum: Option<f64>,
    /// For sgd with momentum: Nesterov's form
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    nesterov: Option<bool>,
    /// sparse_categorical_crossentropy, categorical_crossentropy or binary_crossentropy [default: what the head asks for]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<String>,
    /// accuracy, precision, recall, f1 [default: accuracy]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', action = ArgAction::Set)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<String>>,
    /// What says which epoch is the best [default: val_loss]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    monitor: Option<String>,
    /// Whether the monitor should be small or large: min, max, auto [default: auto]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    /// Epochs without a better one before training stops [default: 5]
    #[arg(long, value_name = "N", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<usize>,
    /// How much better counts as better [default: 0]
    #[arg(long, value_name = "DELTA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    min_delta: Option<f64>,
    /// Share of the training pictures held out for validation [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_split: Option<f64>,
    /// Share held out for the test, where the data has no test part [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    test_split: Option<f64>,
    /// As flip,rotation=0.1,zoom=0.1,shift=0.1,brightness=0.2,contrast=0.2 [default: none]
    #[arg(long, value_name = "LIST")]
    #[serde(skip_serializing_if = "Option::is_none")]
    augment: Option<String>,
    /// Train the last N layers of the base too, in a second stage [default: 0]
    #[arg(long, value_name = "LAYERS", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune: Option<usize>,
    /// Epochs of the second stage [default: 5]
    #[arg(long, value_name = "N", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_epochs: Option<usize>,
    /// Step size of the second stage [default: 0.00001]
    #[arg(long, value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_learning_rate: Option<f64>,
    /// Batch norms in the second stage: moving (Keras's training=False) or batch [default: moving]
    #[arg(long, value_name = "HOW")]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_batch_norm: Option<String>,
    /// Everything random follows from it [default: 0]
    #[arg(long, value_parser = seed)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// Threads that compute; 0 for one a core. It changes no bit of the result [default: 0]
    #[arg(long, value_name = "N", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    threads: Option<usize>,
    /// MiB of pictures and features kept in memory at most [default: 2048]
    #[arg(long, value_name = "MIB", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_limit: Option<usize>,
    /// The run's folder [default: runs/DATA-NUMBER]
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

/// What an evaluation is told.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A .keras file, or a run's folder
    pub(crate) model: PathBuf,
    /// A folder of class folders; of one with parts, the test part
    pub(crate) data: PathBuf,
    /// Pictures at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    /// Write result.json and report.html to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// What a prediction is told.
#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// A .keras file, a run's folder, or the name of a network with published weights
    pub(crate) model: String,
    /// Pictures, and folders of pictures
    #[arg(required = true)]
    pub(crate) pictures: Vec<PathBuf>,
    /// How many classes to name
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = positive)]
    pub(crate) top: usize,
    /// Pictures at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
}

/// Which networks.
#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Show the layers of this one
    pub(crate) name: Option<String>,
    /// Side of the input in pixels, or HEIGHT,WIDTH [default: what the network was made for]
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', action = ArgAction::Set, value_parser = whole, requires = "name")]
    pub(crate) image_size: Option<Vec<usize>>,
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
        /// .keras, .weights.h5, .h5, .pth or .safetensors
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

fn within(text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("expected a whole number from {least} to {most}")),
    }
}

/// The recipe knows the most that each may be.
fn whole(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number, 0 or more".to_owned())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

fn positive(text: &str) -> Result<usize, String> {
    within(text, 1, 1_000_000)
}

fn batch_size(text: &str) -> Result<usize, String> {
    within(text, 1, 65_536)
}

fn threads(text: &str) -> Result<usize, String> {
    within(text, 0, 1024)
}

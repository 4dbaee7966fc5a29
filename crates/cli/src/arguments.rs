//! The command line, in the words of Keras.

mod settings;
mod tune;
mod values;

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use settings::Settings;
use values::{batch_size, few, format, image_size, positive, probability, seed, threads, whole};

pub(crate) use settings::Settings as TrainSettings;
pub(crate) use tune::{Asked, Tune, TuneAction, TuneRate, TuneTransfer};
pub(crate) use values::{Format, ImageSize};

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
    /// A folder of class folders, or one that holds train/ (and val/ and test/); a .csv, .json or .jsonl of pictures and
    /// their labels; or TFRecord files
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

/// What an evaluation is told.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A .keras file, or a run's folder
    pub(crate) model: PathBuf,
    /// A folder of class folders, a listing or TFRecord files; where there are parts, the test part
    pub(crate) data: PathBuf,
    /// Of two classes, the probability of the second above which it is the answer [default: the model's own]
    #[arg(long, value_name = "P", value_parser = probability)]
    pub(crate) threshold: Option<f32>,
    /// Pictures at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// Threads that compute; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    /// Write result.json and report.html to this folder [default: nothing is written]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
}

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

/// What a conversion is told.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// A folder of class folders, a listing, or TFRecord files
    pub(crate) data: PathBuf,
    /// The form
    #[arg(long, value_enum)]
    pub(crate) to: DataFormat,
    /// The folder of the files
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// compressed (files' bytes), raw (pixels) or normalized (float32 in 0 to 1)
    #[arg(long, value_name = "HOW", default_value = "compressed")]
    pub(crate) encoding: String,
    /// Bring pixels to this side, or HEIGHT,WIDTH [default: as they are]
    #[arg(long, value_name = "PIXELS", value_parser = image_size)]
    pub(crate) image_size: Option<ImageSize>,
    /// Files for each part [default: one for each 128 MiB]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) shards: Option<usize>,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
}

/// Forms of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    /// TensorFlow's records
    Tfrecord,
}

/// What a listing's columns mean.
#[derive(Debug, Args)]
pub(crate) struct ListingColumns {
    /// Of a listing: the column of the picture's file, a name or a position from 1 [default: what it is usually called]
    #[arg(long, value_name = "COLUMN")]
    path_column: Option<String>,
    /// Of a listing: the column of the label [default: what it is usually called]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,
    /// Of a listing: the column of the part: train, val or test [default: what it is usually called]
    #[arg(long, value_name = "COLUMN")]
    split_column: Option<String>,
    /// Of a listing: where its files are [default: beside it]
    #[arg(long, value_name = "DIR")]
    image_folder: Option<PathBuf>,
}

impl ListingColumns {
    pub(crate) fn columns(&self) -> images::Columns {
        images::Columns {
            path: self.path_column.clone(),
            label: self.label_column.clone(),
            split: self.split_column.clone(),
            group: None,
            folder: self.image_folder.clone(),
        }
    }
}

/// What a preview is told.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// A folder of class folders, a listing, or TFRecord files
    pub(crate) data: PathBuf,
    /// As `train` takes it: flip,rotation=0.1,zoom=0.1
    #[arg(long, value_name = "LIST")]
    pub(crate) augment: String,
    /// The PNG to write
    #[arg(long, value_name = "FILE", default_value = "preview.png")]
    pub(crate) out: PathBuf,
    /// Pictures, a row each; they take turns among the classes
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = few)]
    pub(crate) pictures: usize,
    /// Variants of each, beside the picture itself
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = few)]
    pub(crate) variants: usize,
    /// Side of a picture, or HEIGHT,WIDTH
    #[arg(long, value_name = "PIXELS", value_parser = image_size, default_value = "160")]
    pub(crate) image_size: ImageSize,
    /// Everything random follows from it
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
}

/// What the doctor is told.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 where nothing is wrong, or there is advice alone; 1 where there are faults, but for \
                        those that --quarantine took away; 2 for wrong use."
)]
pub(crate) struct Doctor {
    /// A folder of class folders, or one that holds train/ (and val/ and test/); a .csv, .json or .jsonl of pictures and
    /// their labels; or TFRecord files
    pub(crate) data: PathBuf,
    /// Write a page that shows the pictures side by side
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Move files that can't be read, exact copies but for one, and exact copies under two labels to this folder, as they
    /// lay in the set; moved.csv there says from where and why. Nothing is deleted or overwritten
    #[arg(long, value_name = "DIR")]
    pub(crate) quarantine: Option<PathBuf>,
    /// Threads that decode; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) listing: ListingColumns,
    /// Of a listing: the column of the group, as a patient; pictures of a group stay together when a set is split
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group_column: Option<String>,
    /// Groups by what a regular expression finds in the pictures' paths
    #[arg(long, value_name = "REGEX")]
    pub(crate) group_by: Option<String>,
}

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

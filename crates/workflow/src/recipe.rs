//! What was asked for, as written: on the command line, in a TOML file, or by code.

mod fine_tuning;
mod keys;
mod written;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use written::Wrong;

use crate::{Error, FineTune, Result, Size, StageRecipe, Threshold};

/// All settings of a job, in the words of Keras. What is not given has Keras's or the course's default.
///
/// As TOML, the names of the fields are the keys: `base = "efficientnet_lite0"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// A folder of class folders, or one that holds `train/`, and `val/` and `test/` if there are; a `.csv`, `.json` or
    /// `.jsonl` that names pictures and their labels; or TFRecord files.
    pub data: PathBuf,
    /// Of a listing, which column is the picture's file: a name, or a position from 1. Empty, here and below: that which
    /// such columns are usually called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path_column: String,
    /// Of a listing, which column is the label.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label_column: String,
    /// Of a listing, which column says the part: train, val or test.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub split_column: String,
    /// Of a listing, which column says what must stay together, such as a patient.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group_column: String,
    /// The folder in which a listing's files are. Empty: that of the listing.
    #[serde(skip_serializing_if = "is_empty")]
    pub image_folder: PathBuf,
    /// A regular expression that finds in a picture's path what must stay together, as `person(\d+)_`. Empty: nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group_by: String,
    /// The part of a cross-validation that is held out for validation, as `1/5`, or each in its turn, as `all/5`. Empty: a
    /// share is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fold: String,
    /// Whether the validation part that the set has joins the training pictures, and another is held out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub merge_validation: bool,
    /// The zoo's name of the network under the new head; or a model of one's own that is trained as it is: a `.keras` file,
    /// a run's folder, or the text of Keras's `to_json`.
    pub base: String,
    /// `imagenet`, `none`, or a file to take the base's weights from: Keras's `.keras`, `.weights.h5` and `.h5`, PyTorch's
    /// `.pth`, or safetensors. Empty: `imagenet` where the base was published with weights, `none` for one that is made for
    /// training from nothing; of a model of one's own, the weights in its file.
    pub weights: String,
    /// Side of the square input, or `[height, width]`. Empty: what the base was made for.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "sides")]
    pub image_size: Vec<usize>,
    /// `rgb` or `grayscale`.
    pub color_mode: String,
    /// `stretch`, `pad` or `crop`.
    pub resize: String,
    /// MobileNet's width multiplier.
    pub alpha: f64,
    /// How the head reads the base's last feature map: `avg`, `max` or `flatten`. Empty: what suits the base.
    pub pooling: String,
    /// `softmax` or `sigmoid` (two classes). Empty: what the loss asks for.
    pub head: String,
    /// The share of features that the head drops while training.
    pub dropout: f64,
    /// How kernels start, as `he_normal` or `truncated_normal=0.02`: those of a new head, and of a network from nothing all.
    /// Empty: as each layer says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub initializer: String,
    /// Pictures a step.
    pub batch_size: usize,
    /// Epochs of the first stage.
    pub epochs: usize,
    /// Steps in an epoch; the pictures go on from one epoch to the next. `None`: as many as go once through the pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<usize>,
    /// How often each training picture is taken: `uniform`, or `balanced`: each class equally often.
    pub sampling: String,
    /// Epochs of a short run before it, under a heavy weight decay, from whose weights a network from nothing starts.
    pub initial_epochs: usize,
    /// The weight decay of that run.
    pub initial_weight_decay: f64,
    /// So many runs with seeds from [`Recipe::seed`] on begin, and the worse half of them ends early, again and again, until
    /// one is left.
    pub starts: usize,
    /// `adam` or `sgd`, …, with settings under Keras's names if wanted: `adam,beta_1=0.85,amsgrad`.
    pub optimizer: String,
    /// Step size of the first stage.
    pub learning_rate: f64,
    /// For `sgd`.
    pub momentum: f64,
    /// For `sgd` with momentum: Nesterov's form.
    pub nesterov: bool,
    /// The part of each weight that goes in a step, times the step size. `None`: the optimizer's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// Holds each value of the gradients within ± this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clipvalue: Option<f64>,
    /// Holds the norm of each parameter's gradients to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clipnorm: Option<f64>,
    /// Holds the norm of all gradients together to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_clipnorm: Option<f64>,
    /// Batches whose mean gradient makes one step.
    pub gradient_accumulation_steps: usize,
    /// Whether the model that is validated and kept has averages of the weights over the steps.
    pub use_ema: bool,
    /// The share of an average that stays in a step.
    pub ema_momentum: f64,
    /// By what the step size is multiplied with each block that a layer is farther from the top.
    pub layer_decay: f64,
    /// How the learning rate goes, as `cosine` or `exponential=0.9`. Empty: it stays.
    pub schedule: String,
    /// As Keras names it, a focal one with `gamma` and `alpha` if wanted: `categorical_focal_crossentropy=3,alpha=0.5`.
    /// Empty: what the head asks for.
    pub loss: String,
    /// The part of each target that is spread over all classes.
    pub label_smoothing: f64,
    /// How much each class counts: `none`, `balanced`, or as `NORMAL=1,PNEUMONIA=0.4`.
    pub class_weights: String,
    /// As Keras names them.
    pub metrics: Vec<String>,
    /// What says which epoch is the best, as `val_loss`; of equally good ones it is that with the smallest `val_loss`, or
    /// `loss` where there is no validation.
    pub monitor: String,
    /// `min`, `max`, or `auto`: by the monitor's name.
    pub mode: String,
    /// Epochs without a better one before training stops.
    pub patience: usize,
    /// How much better counts as better.
    pub min_delta: f64,
    /// Of two classes, the probability of the second above which it is the answer: a number, or what it is chosen for on
    /// the validation part, as `recall=0.95`.
    pub threshold: Threshold,
    /// Keras's `ReduceLROnPlateau`, as `factor=0.1,patience=3`: a smaller rate where the monitor, or another figure, has
    /// stopped getting better. Empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reduce_lr_on_plateau: String,
    /// What ends the training before its time, each as `val_recall>=0.95` (several figures joined by `and`) or `diverged`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop_when: Vec<String>,
    /// What models of epochs are called in the run's `checkpoints/`, as `{epoch:02d}-{val_loss:.2f}.keras`. Empty: the best
    /// alone is saved, as `best.keras`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub checkpoint: String,
    /// Epochs from one checkpoint to the next.
    pub checkpoint_every: usize,
    /// Whether checkpoints are of the epochs alone that are better than all before.
    pub checkpoint_best_only: bool,
    /// Epochs from one histogram of the weights for TensorBoard to the next; 0 for none.
    pub histogram_freq: usize,
    /// The share of the training pictures that is held out for validation.
    pub validation_split: f64,
    /// The share that is held out for the test, where the data has no test part. `None`: a fifth of a set under 1,000
    /// pictures, a tenth under 10,000, a twentieth of more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_split: Option<f64>,
    /// As `flip,rotation=0.1,zoom=0.1`; empty for none.
    pub augment: String,
    /// Whether the model's first layer takes away the training pictures' mean and divides by their deviation, a value a
    /// channel, in place of the base's own scaling. For bases that are trained from nothing.
    pub standardize: bool,
    /// What the second stage trains of the base: so many layers at its end, those from the layer of this name on, `2 blocks`
    /// at its end, `all`; or `blocks`, one after the other in a stage each.
    pub fine_tune: FineTune,
    /// Epochs of the second stage.
    pub fine_tune_epochs: usize,
    /// Step size of the second stage.
    pub fine_tune_learning_rate: f64,
    /// Of `blocks`: by what the step size is multiplied from one block to the next. `None`: it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_tune_rate_decay: Option<f64>,
    /// How the learning rate of the second stage goes. Empty: it stays.
    pub fine_tune_schedule: String,
    /// `moving`: batch norms of the base stay in inference mode (Keras's `training=False`); or `batch`.
    pub fine_tune_batch_norm: String,
    /// All stages in their order, in the place of `epochs`, `schedule`, and what begins with `initial` and `fine_tune`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stage: Vec<StageRecipe>,
    /// Steps after which the run's state is kept, from which `--resume` goes on; 0 for so many that it takes a twentieth of
    /// the time at most.
    pub save_freq: usize,
    /// Everything random follows from it.
    pub seed: u64,
    /// Threads that compute; 0 for one a core. It changes no bit of the result.
    pub threads: usize,
    /// What the whole process takes of memory at most, as `2GiB`; a number counts MiB. `None`: three quarters of the
    /// machine's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<Size>,
    /// Where training pictures come from: `memory`, `disk`, `hybrid` (a segment after the other in memory), or `auto`.
    pub feeder: String,
    /// For `hybrid`: how many times training goes through a segment before the next. It changes no epoch's length.
    pub segment_epochs: usize,
    /// The run's folder. Empty: `runs/<data>-<number>`.
    #[serde(skip_serializing_if = "is_empty")]
    pub out: PathBuf,
}

/// The default of [`Recipe::segment_epochs`].
pub(crate) const SEGMENT_EPOCHS: usize = 3;

/// The most bytes of a recipe.
const LIMIT_BYTES: u64 = 1 << 20;

/// What the file says; else why it is no recipe.
fn text_of(path: &Path) -> Result<String, String> {
    const IS_TOML: &str = "a recipe is a TOML file of settings, as base = \"small_cnn\"";
    if path.is_dir() {
        return Err(format!("it is a folder, and {IS_TOML}; that of a run is its recipe.toml"));
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(LIMIT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match String::from_utf8(bytes) {
        Ok(text) if text.len() as u64 > LIMIT_BYTES => Err(format!("it has more than 1 MiB, and {IS_TOML}")),
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(format!("it is no text, and {IS_TOML}")),
    }
}

/// A side, or height and width.
fn sides<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a side in pixels, as 224, or [height, width]")]
    enum Sides {
        Square(usize),
        Both(Vec<usize>),
    }
    Ok(match Sides::deserialize(deserializer)? {
        Sides::Square(side) => vec![side],
        Sides::Both(sides) => sides,
    })
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            data: PathBuf::new(),
            path_column: String::new(),
            label_column: String::new(),
            split_column: String::new(),
            group_column: String::new(),
            image_folder: PathBuf::new(),
            group_by: String::new(),
            fold: String::new(),
            merge_validation: false,
            base: "efficientnet_lite0".into(),
            weights: String::new(),
            image_size: Vec::new(),
            color_mode: "rgb".into(),
            resize: "stretch".into(),
            alpha: 1.0,
            pooling: String::new(),
            head: String::new(),
            dropout: 0.0,
            initializer: String::new(),
            batch_size: 32,
            epochs: 10,
            initial_epochs: 0,
            initial_weight_decay: 1.0,
            starts: 1,
            steps_per_epoch: None,
            sampling: "uniform".into(),
            optimizer: "adam".into(),
            learning_rate: 1e-3,
            momentum: 0.0,
            nesterov: false,
            weight_decay: None,
            clipvalue: None,
            clipnorm: None,
            global_clipnorm: None,
            gradient_accumulation_steps: 1,
            use_ema: false,
            ema_momentum: 0.99,
            layer_decay: 1.0,
            schedule: String::new(),
            loss: String::new(),
            label_smoothing: 0.0,
            class_weights: "none".into(),
            metrics: vec!["accuracy".into()],
            monitor: "val_loss".into(),
            mode: "auto".into(),
            patience: 5,
            min_delta: 0.0,
            threshold: Threshold::default(),
            reduce_lr_on_plateau: String::new(),
            stop_when: Vec::new(),
            checkpoint: String::new(),
            checkpoint_every: 1,
            checkpoint_best_only: false,
            histogram_freq: 0,
            validation_split: 0.2,
            test_split: None,
            augment: String::new(),
            standardize: false,
            fine_tune: FineTune::default(),
            fine_tune_epochs: 5,
            fine_tune_learning_rate: 1e-5,
            fine_tune_rate_decay: None,
            fine_tune_schedule: String::new(),
            fine_tune_batch_norm: "moving".into(),
            stage: Vec::new(),
            save_freq: 0,
            seed: 0,
            threads: 0,
            memory_limit: None,
            feeder: "auto".into(),
            segment_epochs: SEGMENT_EPOCHS,
            out: PathBuf::new(),
        }
    }
}

impl Recipe {
    /// Reads a recipe; what it leaves out has its default.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or has a key or a value that no recipe has.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |why: String| Error::usage(format!("recipe {}: {why}", path.display()));
        let text = text_of(path).map_err(wrong)?;
        Self::parse(&text).map_err(|e| wrong(e.to_string()))
    }

    /// As [`Recipe::read`], from text.
    ///
    /// # Errors
    /// As [`Recipe::read`].
    pub fn parse(text: &str) -> Result<Self> {
        let table = written::table(text).map_err(Error::usage)?;
        Self::from_table(table).map_err(|wrong| {
            let line = wrong.line(text).map_or_else(String::new, |line| format!("line {line}: "));
            Error::usage(format!("{line}{wrong}"))
        })
    }

    fn from_table(table: toml::Table) -> Result<Self, Wrong> {
        match table.keys().find(|key| !keys::of::<Self>().contains(&key.as_str())) {
            Some(unknown) => Err(Wrong::unknown_field(unknown, keys::of::<Self>()).at_key(unknown)),
            None => written::read(table),
        }
    }

    /// This recipe with `settings` in place of its own: a struct or map with some of a recipe's keys. Where they take back
    /// that it fine-tunes, what it says of that goes too.
    ///
    /// # Errors
    /// A key or a value that no recipe has.
    pub fn with(&self, settings: &impl Serialize) -> Result<Self> {
        let wrong = |e: toml::ser::Error| Error::usage(format!("the settings cannot be read: {e}"));
        let settings = toml::Table::try_from(settings).map_err(wrong)?;
        let is_taken_back = settings.get("fine_tune").is_some_and(|layers| layers.as_integer() == Some(0));
        let own = if is_taken_back { &self.without_fine_tuning() } else { self };
        let mut table = toml::Table::try_from(own).map_err(wrong)?;
        table.extend(settings);
        Self::from_table(table).map_err(|wrong| Error::usage(wrong.to_string()))
    }

    /// As TOML, with everything that is set, defaults included.
    ///
    /// # Errors
    /// A path is no Unicode.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|e| Error::usage(format!("the recipe cannot be written: {e}")))
    }
}

#[cfg(test)]
mod tests;

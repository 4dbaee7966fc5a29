//! The settings of a recipe as options of `train`.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use serde::Serialize;
use workflow::{FineTune, Size, Threshold};

use super::values::{ImageSize, batch_size, fine_tune, image_size, plateau, seed, whole};

// What the help lists options under.
const NETWORK: &str = "Network";
const DATA: &str = "Data";
const PICTURES: &str = "Pictures";
const TRAINING: &str = "Training";
const FINE_TUNING: &str = "Fine-tuning, the stages after the first";
const RUN: &str = "Run";

/// Settings of a recipe; those that are not given stay as the recipe has them.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Settings {
    /// The network under the new head (see `linnaeus models`), or a model of yours that is trained as it is: .keras, a
    /// run's folder, or the .json of Keras's to_json [default: efficientnet_lite0]
    #[arg(long, value_name = "NAME|FILE", help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    /// What the base starts from: imagenet, none, or a file: .keras, .weights.h5, .h5, .pth, .safetensors [default:
    /// imagenet where there is such a thing; of a model of yours, its own]
    #[arg(long, value_name = "imagenet|none|FILE", help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    /// MobileNet's width multiplier [default: 1]
    #[arg(long, help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f64>,
    /// How the head reads the base's last feature map: avg, max or flatten [default: what suits the base]
    #[arg(long, value_name = "HOW", help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pooling: Option<String>,
    /// softmax, or sigmoid for two classes [default: what the loss asks for]
    #[arg(long, value_name = "KIND", help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    /// Share of features that the head drops while training [default: 0]
    #[arg(long, value_name = "RATE", help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    dropout: Option<f64>,
    /// How kernels of a new head start, or of a network from nothing all: glorot_uniform, he_normal, lecun_normal,
    /// truncated_normal=0.02, orthogonal, … [default: as each layer says]
    #[arg(long, value_name = "NAME", help_heading = NETWORK)]
    #[serde(skip_serializing_if = "Option::is_none")]
    initializer: Option<String>,
    /// Of a listing: the column of the picture's file, a name or a position from 1 [default: what it is usually called]
    #[arg(long, value_name = "COLUMN", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    path_column: Option<String>,
    /// Of a listing: the column of the label [default: what it is usually called]
    #[arg(long, value_name = "COLUMN", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    label_column: Option<String>,
    /// Of a listing: the column of the part: train, val or test [default: what it is usually called]
    #[arg(long, value_name = "COLUMN", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    split_column: Option<String>,
    /// Of a listing: the column of what must stay together, such as a patient
    #[arg(long, value_name = "COLUMN", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    group_column: Option<String>,
    /// Of a listing: where its files are [default: beside it]
    #[arg(long, value_name = "DIR", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    image_folder: Option<PathBuf>,
    /// Keep pictures together in whose paths this regular expression finds the same, as person(\d+)_
    #[arg(long, value_name = "PATTERN", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    group_by: Option<String>,
    /// Hold out one part of a cross-validation for validation, as 1/5; or each part in its turn, a training for each, as
    /// all/5
    #[arg(long, value_name = "N/OF", help_heading = DATA, conflicts_with = "validation_split")]
    #[serde(skip_serializing_if = "Option::is_none")]
    fold: Option<String>,
    /// Side of the input in pixels, or HEIGHT,WIDTH [default: what the base was made for]
    #[arg(long, value_name = "PIXELS", value_parser = image_size, help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    image_size: Option<ImageSize>,
    /// rgb or grayscale [default: rgb]
    #[arg(long, value_name = "MODE", help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    color_mode: Option<String>,
    /// stretch, pad or crop pictures of another shape [default: stretch]
    #[arg(long, value_name = "HOW", help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    resize: Option<String>,
    /// Vary the training pictures, as flip,rotation=0.1,zoom=0.1; there are shift, shear, crop, brightness, contrast,
    /// saturation, hue, noise, cutout, autocontrast, equalize, posterize, solarize, grayscale, sharpness,
    /// randaugment=2:9, mixup=0.2, cutmix=1 and fill too, or Keras's layers, as "RandomRotation(0.1)" (`linnaeus preview`
    /// shows them). Of mixed pictures, training metrics count the class with the larger share [default: none]
    #[arg(long, value_name = "LIST", help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    augment: Option<String>,
    /// Have the model take away the training pictures' mean and divide by their deviation, in place of the base's own
    /// scaling; for a base that is trained from nothing
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    standardize: Option<bool>,
    /// Share of the training pictures held out for validation [default: 0.2]
    #[arg(long, value_name = "SHARE", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_split: Option<f64>,
    /// Let the validation part that the set has join the training pictures, and hold out another: for one that is too small
    /// to choose by, as the 16 pictures of the X-ray set
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    merge_validation: Option<bool>,
    /// Share held out for the test, where the data has no test part [default: 0.2; of 1,000 pictures and more 0.1, of
    /// 10,000 and more 0.05]
    #[arg(long, value_name = "SHARE", help_heading = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    test_split: Option<f64>,
    /// What the whole program takes of memory at most, as 2GiB or 500MB; a number alone counts MiB [default: three
    /// quarters of the machine's]
    #[arg(long, value_name = "SIZE", help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_limit: Option<Size>,
    /// Where training pictures come from: memory (decoded once), disk (decoded each time), hybrid (a segment after the
    /// other in memory), or auto: what fits the memory limit [default: auto]
    #[arg(long, value_name = "FEEDER", help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    feeder: Option<String>,
    /// For the hybrid feeder: times through a segment before the next. An epoch is as long as with any other [default: 3]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = PICTURES)]
    #[serde(skip_serializing_if = "Option::is_none")]
    segment_epochs: Option<usize>,
    /// Pictures a step [default: 32]
    #[arg(long, value_name = "N", value_parser = batch_size, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_size: Option<usize>,
    /// Epochs of the first stage [default: 10]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    /// Steps in an epoch; the pictures go on from one epoch to the next [default: once through the pictures]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_per_epoch: Option<usize>,
    /// How often each training picture is taken: uniform, or balanced: each class equally often [default: uniform]
    #[arg(long, value_name = "HOW", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sampling: Option<String>,
    /// Epochs of a short run before it, under a heavy weight decay and a rate that halves with each, from whose weights a
    /// network from nothing starts [default: 0]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_epochs: Option<usize>,
    /// Weight decay of that run [default: 1]
    #[arg(long, value_name = "PART", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_weight_decay: Option<f64>,
    /// Begin so many runs, with seeds from --seed on, and end the worse half early, again and again, until one is left
    /// [default: 1]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<usize>,
    /// sgd, adagrad, adadelta, rmsprop, adam, adamax, nadam, adamw or lion, with Keras's settings if wanted:
    /// adam,beta_1=0.85,amsgrad [default: adam]
    #[arg(long, value_name = "NAME", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    optimizer: Option<String>,
    /// Step size [default: 0.001]
    #[arg(long, value_name = "RATE", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate: Option<f64>,
    /// For sgd and rmsprop [default: 0]
    #[arg(long, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    momentum: Option<f64>,
    /// For sgd with momentum: Nesterov's form
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    nesterov: Option<bool>,
    /// How the step size goes: cosine, polynomial, one_cycle, …, with warmup_steps=2epochs if wanted; half of it after every
    /// 10 epochs is exponential=0.5,decay_steps=10epochs,staircase [default: it stays]
    #[arg(long, value_name = "SCHEDULE", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    /// Multiply the step size by this with each block that a layer is farther from the top, as 0.75 [default: 1]
    #[arg(long, value_name = "FACTOR", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    layer_decay: Option<f64>,
    /// Part of each weight that goes in a step, times the step size [default: the optimizer's own]
    #[arg(long, value_name = "PART", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_decay: Option<f64>,
    /// Hold each parameter's gradients to this norm [default: they are as they are]
    #[arg(long, value_name = "NORM", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    clipnorm: Option<f64>,
    /// Hold all gradients together to this norm [default: they are as they are]
    #[arg(long, value_name = "NORM", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    global_clipnorm: Option<f64>,
    /// Hold each value of the gradients within ± this [default: they are as they are]
    #[arg(long, value_name = "VALUE", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    clipvalue: Option<f64>,
    /// Batches whose mean gradient makes one step [default: 1]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    gradient_accumulation_steps: Option<usize>,
    /// Keep averages of the weights over the steps, which are validated and saved in their place
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    use_ema: Option<bool>,
    /// Share of an average that stays in a step [default: 0.99]
    #[arg(long, value_name = "SHARE", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ema_momentum: Option<f64>,
    /// sparse_categorical_crossentropy, categorical_crossentropy or binary_crossentropy, the last two with focal_ before
    /// crossentropy too, and then with gamma and alpha if wanted: binary_focal_crossentropy=3,alpha=0.4 [default: what the
    /// head asks for]
    #[arg(long, value_name = "NAME", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<String>,
    /// Part of each target that is spread over all classes [default: 0]
    #[arg(long, value_name = "PART", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    label_smoothing: Option<f64>,
    /// How much each class counts: none, balanced, or as NORMAL=1,PNEUMONIA=0.4, or by number as 0=1,1=0.4 [default: none]
    #[arg(long, value_name = "WEIGHTS", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    class_weights: Option<String>,
    /// accuracy, precision, recall, f1, auc, auc_pr, top_k_categorical_accuracy[3], recall[CLASS], recall_macro,
    /// recall_at_precision[0.9], …, or Keras's names of them [default: accuracy]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', action = ArgAction::Set, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<String>>,
    /// What says which epoch is the best; of equally good ones the smallest val_loss decides, or loss where there is no
    /// validation [default: val_loss]
    #[arg(long, value_name = "NAME", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    monitor: Option<String>,
    /// Whether the monitor should be small or large: min, max, auto [default: auto]
    #[arg(long, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    /// Epochs without a better one before training stops; one that is as good with a smaller loss is kept, but is not
    /// better [default: 5]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<usize>,
    /// How much better counts as better [default: 0]
    #[arg(long, value_name = "DELTA", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    min_delta: Option<f64>,
    /// Of two classes, the probability of the second above which it is the answer: a number, or what it is chosen for on
    /// the validation part: recall=0.95, precision=0.9 or f1, of a class as recall[NAME]=0.95 [default: 0.5]
    #[arg(long, value_name = "P|AIM", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<Threshold>,
    /// Lower the step size where the monitor has stopped getting better: as factor=0.1,patience=3; monitor, mode, min_delta,
    /// cooldown and min_lr too; alone, behind the data, Keras's factor=0.1,patience=10 [default: it stays]
    #[arg(long, value_name = "SETTINGS", value_parser = plateau, num_args = 0..=1, default_missing_value = "factor=0.1,patience=10", help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reduce_lr_on_plateau: Option<String>,
    /// End the training when a figure reaches a bound, as "val_recall>=0.95" (join several by `and`), and keep that epoch;
    /// or when the training loss diverges: diverged, or diverged=3,patience=2, for which it must be 3 times its smallest, and
    /// more than before the first step, for 2 epochs in a row. May be given several times
    #[arg(long, value_name = "OBJECTIVE", action = ArgAction::Append, help_heading = TRAINING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_when: Option<Vec<String>>,
    /// Train the last N layers of the base too, in a second stage; or those from the layer of this name on, as
    /// block_13_expand; its last blocks, as "2 blocks"; all; or blocks: one after the other from the top down, the stem
    /// last, in a stage each [default: 0]
    #[arg(long, value_name = "N|LAYER|blocks|all", value_parser = fine_tune, help_heading = FINE_TUNING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune: Option<FineTune>,
    /// Epochs of the second stage [default: 5]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = FINE_TUNING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_epochs: Option<usize>,
    /// Step size of the second stage [default: 0.00001]
    #[arg(long, value_name = "RATE", help_heading = FINE_TUNING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_learning_rate: Option<f64>,
    /// With --fine-tune blocks: multiply the step size by this from one block to the next [default: 1]
    #[arg(long, value_name = "FACTOR", help_heading = FINE_TUNING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_rate_decay: Option<f64>,
    /// How the step size of the second stage goes [default: it stays]
    #[arg(long, value_name = "SCHEDULE", help_heading = FINE_TUNING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_schedule: Option<String>,
    /// Batch norms in the second stage: moving (Keras's training=False) or batch [default: moving]
    #[arg(long, value_name = "HOW", help_heading = FINE_TUNING)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fine_tune_batch_norm: Option<String>,
    /// Steps after which the state is kept from which --resume goes on [default: 0: as often as takes little time]
    #[arg(long, value_name = "STEPS", value_parser = whole, help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    save_freq: Option<usize>,
    /// Save models of epochs under this name in the run's checkpoints/, as {epoch:02d}-{val_loss:.2f}.keras [default: the
    /// best alone, as best.keras]
    #[arg(long, value_name = "NAME", help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    /// Epochs from one checkpoint to the next [default: 1]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint_every: Option<usize>,
    /// Checkpoints of the epochs alone that are better than all before
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint_best_only: Option<bool>,
    /// Epochs from one histogram of the weights for TensorBoard to the next; 0 for none [default: 0]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram_freq: Option<usize>,
    /// Everything random follows from it [default: 0]
    #[arg(long, value_parser = seed, help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// Threads that compute; 0 for one a core. It changes no bit of the result [default: 0]
    #[arg(long, value_name = "N", value_parser = whole, help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    threads: Option<usize>,
    /// The run's folder [default: runs/DATA-NUMBER]
    #[arg(long, value_name = "DIR", help_heading = RUN)]
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

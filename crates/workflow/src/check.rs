//! From a recipe as written to a plan that is ready: every name known, every value in its range, nothing contradictory.

mod augmentation;
mod call;
pub(crate) mod choice;
mod feeding;
mod idle;
mod judging;
mod learning;
mod lengths;
pub(crate) mod pictures;
mod ranges;
#[cfg(test)]
mod settings_page;
mod spelling;
mod stages;
mod watching;

use images::{Augment, Preprocess, Sampling};
use train::callbacks::{Monitor, ReduceLrOnPlateau, StopWhen};
use train::losses::{ClassWeights, Loss};
use train::metrics;

use crate::data::Division;
use crate::feeder::Feeder;
use crate::network::Network;
use crate::planned_stage::PlannedStage;
use crate::{Recipe, Result, threshold};
pub use augmentation::augment;
pub(crate) use watching::Checkpoint;

/// A checked recipe: what comes after trusts it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The recipe with every default that depends on another setting filled in.
    pub recipe: Recipe,
    pub(crate) network: Network,
    pub(crate) preprocess: Preprocess,
    pub(crate) loss: Loss,
    pub(crate) metrics: Vec<metrics::Entry>,
    pub(crate) monitor: Monitor,
    pub(crate) plateau: Option<ReduceLrOnPlateau>,
    pub(crate) stop_when: Vec<StopWhen>,
    pub(crate) checkpoint: Option<Checkpoint>,
    /// In their order, one at least.
    pub(crate) stages: Vec<PlannedStage>,
    pub(crate) class_weights: ClassWeights,
    pub(crate) augment: Option<Augment>,
    pub(crate) feeder: Feeder,
    pub(crate) sampling: Sampling,
    pub(crate) division: Division,
    pub(crate) threshold: threshold::Rule,
    pub(crate) threads: usize,
}

impl Recipe {
    /// Checks everything that can be checked before a picture is read.
    ///
    /// # Errors
    /// An unknown name, a value outside its range, or settings that contradict each other; the message says which.
    pub fn check(mut self) -> Result<Plan> {
        spelling::normalize(&mut self);
        idle::check(&self)?;
        ranges::check(&self)?;
        spelling::LOSS.check("--loss", &self.loss)?;
        let (network, preprocess, outline) = Network::of(&mut self)?;
        let loss = learning::loss(&self)?;
        let metrics = judging::metrics(&self)?;
        let monitor = judging::monitor(&self, &metrics)?;
        let figures = judging::figures(&metrics);
        let plateau = watching::plateau(&self, &monitor, &figures)?;
        let stop_when = watching::stop_when(&self, &figures)?;
        let checkpoint = watching::checkpoint(&self, &figures)?;
        let stages = stages::stages(&self, &network, &outline)?;
        lengths::checkpoint(checkpoint.as_ref(), &stages)?;
        lengths::plateau(plateau.as_ref(), &stages)?;
        let class_weights = learning::class_weights(&self)?;
        let augment = pictures::augment(&self)?;
        let (feeder, sampling) = feeding::check(&mut self)?;
        let division = Division::of(&self)?;
        let threshold = self.threshold.rule()?;
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Ok(Plan {
            recipe: self,
            network,
            preprocess,
            loss,
            metrics,
            monitor,
            plateau,
            stop_when,
            checkpoint,
            stages,
            class_weights,
            augment,
            feeder,
            sampling,
            division,
            threshold,
            threads,
        })
    }
}

#[cfg(test)]
mod tests {
    use train::optimizers::Sgd;

    use super::*;

    fn refused(change: impl FnOnce(&mut Recipe)) -> String {
        let mut recipe = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
        change(&mut recipe);
        recipe.check().unwrap_err().to_string()
    }

    #[test]
    fn wrong_settings_are_named_with_what_is_right() {
        type Change = fn(&mut Recipe);
        let cases: [(Change, &str); 62] = [
            (|r| r.base = "MobileNetV2".into(), "did you mean mobilenet_v2? `linnaeus models` lists all"),
            (|r| r.base = "photos/model.keras".into(), "there is no file photos/model.keras"),
            (|r| r.monitor = "val_los".into(), "val_loss"),
            (|r| r.monitor = "val_recall".into(), "--metrics accuracy,recall"),
            (|r| r.metrics = vec!["acuracy".into()], "accuracy"),
            (|r| r.metrics = vec!["acc".into(), "accuracy".into()], "--metrics: accuracy is given twice"),
            (|r| r.optimizer = "adan".into(), "adam"),
            (|r| r.weight_decay = Some(-1.0), "--weight-decay: expected 0 or more, received -1"),
            (|r| (r.clipnorm, r.clipvalue) = (Some(1.0), Some(1.0)), "give one of them"),
            (|r| r.gradient_accumulation_steps = 0, "--gradient-accumulation-steps: expected 1 to 65536"),
            (
                |r| (r.use_ema, r.ema_momentum) = (true, 2.0),
                "--ema-momentum: expected 0 or more and less than 1",
            ),
            (|r| r.schedule = "cosin".into(), "--schedule: "),
            (
                |r| r.label_smoothing = 1.0,
                "--label-smoothing: expected 0 or more and less than 1, received 1",
            ),
            (|r| r.class_weights = "cat".into(), "--class-weights: "),
            (|r| r.fold = "7/5".into(), "--fold: fold 7 of 5: expected 2 folds or more"),
            (
                |r| (r.fold, r.validation_split) = ("1/5".into(), 0.1),
                "--fold 1/5 and --validation-split 0.1: both say what is held out",
            ),
            (|r| r.optimizer = "adam,beta1=0.8".into(), "did you mean beta_1?"),
            (
                |r| r.optimizer = "adam,beta_1=2".into(),
                "adam's beta_1: expected 0 or more and less than 1, received 2",
            ),
            (
                |r| (r.optimizer, r.momentum) = ("sgd=0.5".into(), 0.9),
                "--momentum 0.9 and --optimizer sgd=0.5: give the momentum once",
            ),
            (
                |r| r.reduce_lr_on_plateau = "monitor=val_recall".into(),
                "--reduce-lr-on-plateau: there is no figure to monitor called val_recall; there are val_loss, ",
            ),
            (
                |r| r.stop_when = vec!["val_recal>=0.9".into()],
                "--stop-when: there is no figure for the objective",
            ),
            (|r| r.stop_when = vec!["now".into()], "--stop-when: there is no objective now"),
            // What a shell leaves of val_accuracy>=0.95 without quotes.
            (
                |r| r.stop_when = vec!["val_accuracy".into()],
                "a figure and its bound in quotes, as \"val_recall>=0.95\" (without them, a shell takes",
            ),
            (
                |r| r.stop_when = vec!["val_accuracy>=1.5".into()],
                "--stop-when: objective val_accuracy>=1.5: val_accuracy is from 0 to 1",
            ),
            (
                |r| r.stop_when = vec!["diverged,monitor=val_accuracy".into()],
                "diverged's monitor: expected loss or val_loss, received val_accuracy",
            ),
            (
                |r| r.reduce_lr_on_plateau = "factor=0.5,min_lr=0.01".into(),
                "--reduce-lr-on-plateau: expected a min_lr below the learning rate, 0.001, from which it is to fall, \
                 received 0.01",
            ),
            (
                |r| r.reduce_lr_on_plateau = "monitor=val_accuracy,min_delta=1".into(),
                "min_delta of val_accuracy: expected less than 1, for the figure lies between 0 and 1, received 1",
            ),
            (
                |r| (r.monitor, r.min_delta) = ("val_accuracy".into(), 1.0),
                "--min-delta: min_delta of val_accuracy: expected less than 1",
            ),
            (
                |r| (r.checkpoint, r.checkpoint_every) = ("{epoch}.keras".into(), 11),
                "--checkpoint-every: expected at most 10, the epochs of all stages, received 11",
            ),
            (
                |r| r.optimizer = "Adam(learning_rate=1e-3)".into(),
                "--optimizer: Adam(learning_rate=1e-3) is written adam here with --learning-rate 1e-3",
            ),
            (
                |r| r.optimizer = "adamw,weight_decay=0.1".into(),
                "is written adamw here with --weight-decay 0.1",
            ),
            (|r| r.loss = "BinaryCrossentropy()".into(), "--loss: BinaryCrossentropy() is written binary_"),
            (
                |r| r.schedule = "CosineDecay(0.1)".into(),
                "--schedule: CosineDecay(0.1) is written cosine here",
            ),
            (
                |r| (r.use_ema, r.ema_momentum) = (true, 1.0),
                "--ema-momentum: expected 0 or more and less than 1",
            ),
            (|r| r.checkpoint = "{val_los}.keras".into(), "did you mean val_loss?"),
            (
                |r| r.checkpoint = "../best.keras".into(),
                "--checkpoint: expected a file name that ends in .keras",
            ),
            (|r| r.checkpoint_every = 2, "give --checkpoint a file name too"),
            (
                |r| r.feeder = "ram".into(),
                "--feeder: expected auto or memory or disk or hybrid, received ram",
            ),
            (
                |r| (r.feeder, r.segment_epochs) = ("disk".into(), 5),
                "--segment-epochs is for --feeder hybrid",
            ),
            (|r| r.segment_epochs = 0, "--segment-epochs: expected 1 to 65536, received 0"),
            (|r| r.steps_per_epoch = Some(0), "--steps-per-epoch: expected 1 to 2097152, received 0"),
            (|r| r.sampling = "even".into(), "--sampling: expected uniform or balanced, received even"),
            (
                |r| (r.sampling, r.class_weights) = ("balanced".into(), "balanced".into()),
                "--sampling balanced and --class-weights balanced",
            ),
            (|r| r.loss = "mse".into(), "sparse_categorical_crossentropy"),
            (|r| r.augment = "rotate=1".into(), "rotation"),
            (|r| (r.augment, r.batch_size) = ("cutmix=1".into(), 1), "give --batch-size 2 or more"),
            (
                |r| (r.standardize, r.base, r.weights) = (true, "efficientnet_lite0".into(), String::new()),
                "leave it out, or train from nothing with --weights none",
            ),
            (
                |r| r.validation_split = 1.5,
                "--validation-split: expected a share from 0 to below 1, received 1.5",
            ),
            (|r| (r.validation_split, r.test_split) = (0.5, Some(0.5)), "nothing to train on"),
            (|r| r.learning_rate = f64::NAN, "--learning-rate: expected more than 0"),
            (|r| r.batch_size = 0, "--batch-size: expected 1 to 65536, received 0"),
            (|r| (r.fine_tune, r.fine_tune_epochs) = (3.into(), 0), "--fine-tune-epochs: expected 1 to "),
            (|r| r.min_delta = -1.0, "--min-delta: expected 0 or more, received -1"),
            (|r| r.momentum = 0.9, "--optimizer sgd"),
            (|r| r.image_size = vec![1, 2, 3], "--image-size: expected a side, or height and width"),
            (|r| r.weights = "no-such-file.keras".into(), "no-such-file.keras"),
            (|r| r.weights = "imagnet".into(), "did you mean imagenet?"),
            (|r| r.fine_tune = 3.into(), "--fine-tune 3 unfreezes layers"),
            (|r| r.initializer = "he_norm".into(), "--initializer he_norm: there is no such initializer; "),
            (
                |r| r.initializer = "truncated_normal=-1".into(),
                "expected a number above 0 after truncated_normal=",
            ),
            (|r| r.initializer = "he_normal=2".into(), "he_normal has no value of its own"),
            (|r| r.pooling = "mean".into(), "--pooling: expected avg or max or flatten, received mean"),
        ];
        for (change, expected) in cases {
            let message = refused(change);
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn sgd_is_keras_s_unless_momentum_is_asked_for() {
        let sgd = Recipe { optimizer: "sgd".into(), ..Recipe::default() };
        let plain = Sgd { momentum: 0.0, nesterov: false };
        assert_eq!(learning::optimizer(&sgd, &learning::option).unwrap(), plain.into());
        let carried = Recipe { momentum: 0.9, nesterov: true, ..sgd };
        let expected = Sgd { momentum: 0.9, nesterov: true };
        assert_eq!(learning::optimizer(&carried, &learning::option).unwrap(), expected.into());
    }

    #[test]
    fn head_and_loss_follow_from_each_other() {
        let base = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
        let plan = Recipe { loss: "binary_crossentropy".into(), ..base.clone() }.check().unwrap();
        assert_eq!((plan.recipe.head.as_str(), plan.loss.name()), ("sigmoid", "binary_crossentropy"));
        let plan = Recipe { head: "sigmoid".into(), ..base.clone() }.check().unwrap();
        assert_eq!(plan.recipe.loss, "binary_crossentropy");
        let contradiction = Recipe { head: "softmax".into(), loss: "binary_crossentropy".into(), ..base };
        assert!(contradiction.check().unwrap_err().to_string().contains("does not go with"));
    }
}

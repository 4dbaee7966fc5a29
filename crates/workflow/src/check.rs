//! From a recipe as written to a plan that is ready: every name known, every value in its range, nothing contradictory.

pub(crate) mod choice;
mod feeding;
mod judging;
mod learning;
pub(crate) mod pictures;
mod ranges;

use engine::BatchStatistics;
use images::{Augment, Preprocess, Sampling};
use train::callbacks::Monitor;
use train::losses::{ClassWeights, Loss};
use train::metrics;
use train::optimizers::OptimizerConfig;
use train::schedules::Schedule;

use crate::data::Division;
use crate::feeder::Feeder;
use crate::network::Network;
use crate::{Recipe, Result};
use choice::choose;

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
    pub(crate) optimizer: OptimizerConfig,
    pub(crate) schedule: Schedule,
    pub(crate) fine_tune_schedule: Schedule,
    pub(crate) class_weights: ClassWeights,
    pub(crate) augment: Option<Augment>,
    pub(crate) feeder: Feeder,
    pub(crate) sampling: Sampling,
    pub(crate) division: Division,
    pub(crate) fine_tune_statistics: BatchStatistics,
    pub(crate) threads: usize,
}

impl Recipe {
    /// Checks everything that can be checked before a picture is read.
    ///
    /// # Errors
    /// An unknown name, a value outside its range, or settings that contradict each other; the message says which.
    pub fn check(mut self) -> Result<Plan> {
        ranges::check(&self)?;
        let (network, preprocess) = Network::of(&mut self)?;
        let loss = learning::loss(&self)?;
        let metrics = judging::metrics(&self)?;
        let monitor = judging::monitor(&self, &metrics)?;
        let optimizer = learning::optimizer(&self)?;
        let schedule = learning::schedule(&self.schedule, "--schedule")?;
        let fine_tune_schedule = learning::schedule(&self.fine_tune_schedule, "--fine-tune-schedule")?;
        let class_weights = learning::class_weights(&self)?;
        let augment = pictures::augment(&self)?;
        let (feeder, sampling) = feeding::check(&mut self)?;
        let division = Division::of(&self)?;
        let ways = [("moving", BatchStatistics::Moving), ("batch", BatchStatistics::Batch)];
        let fine_tune_statistics = choose("--fine-tune-batch-norm", &self.fine_tune_batch_norm, &ways)?;
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
            optimizer,
            schedule,
            fine_tune_schedule,
            class_weights,
            augment,
            feeder,
            sampling,
            division,
            fine_tune_statistics,
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
        let cases: [(Change, &str); 34] = [
            (|r| r.base = "MobileNetV2".into(), "did you mean mobilenet_v2? `linnaeus models` lists all"),
            (|r| r.base = "photos/model.keras".into(), "there is no file photos/model.keras"),
            (|r| r.monitor = "val_los".into(), "val_loss"),
            (|r| r.monitor = "val_recall".into(), "--metrics accuracy,recall"),
            (|r| r.metrics = vec!["acuracy".into()], "accuracy"),
            (|r| r.optimizer = "adan".into(), "adam"),
            (|r| r.weight_decay = Some(-1.0), "--weight-decay: expected 0 or more, received -1"),
            (|r| (r.clipnorm, r.clipvalue) = (Some(1.0), Some(1.0)), "give one of them"),
            (|r| r.gradient_accumulation_steps = 0, "--gradient-accumulation-steps: expected 1 to 65536"),
            (|r| (r.use_ema, r.ema_momentum) = (true, 2.0), "--ema-momentum: expected 0 to 1, received 2"),
            (|r| r.schedule = "cosin".into(), "--schedule: "),
            (|r| r.label_smoothing = 1.0, "--label-smoothing: expected a share from 0 to below 1"),
            (|r| r.class_weights = "cat".into(), "--class-weights: "),
            (|r| r.fold = "7/5".into(), "--fold: fold 7 of 5: expected 2 folds or more"),
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
        assert_eq!(learning::optimizer(&sgd).unwrap(), plain.into());
        let carried = Recipe { momentum: 0.9, nesterov: true, ..sgd };
        let expected = Sgd { momentum: 0.9, nesterov: true };
        assert_eq!(learning::optimizer(&carried).unwrap(), expected.into());
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

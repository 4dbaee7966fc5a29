//! From a recipe as written to a plan that is ready: every name known, every value in its range, nothing contradictory.

use engine::BatchStatistics;
use images::{Augment, Channels, Preprocess, Resize, Shares};
use train::callbacks::{Mode, Monitor};
use train::losses::{self, Loss};
use train::metrics;
use train::optimizers::{OptimizerConfig, Rule, Sgd};
use zoo::{Architecture, Head, HeadActivation, InputScaling, Options, Part, Pooling, Top, Wanted};

use crate::starting_weights::Start;
use crate::{Error, Recipe, Result};

/// A checked recipe: what comes after trusts it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The recipe with every default that depends on another setting filled in.
    pub recipe: Recipe,
    pub(crate) architecture: &'static Architecture,
    pub(crate) start: Start,
    /// How the weights want pictures scaled, where that is not the architecture's way.
    pub(crate) scaling: Option<InputScaling>,
    pub(crate) preprocess: Preprocess,
    pub(crate) head: HeadActivation,
    /// `None` for what suits the architecture.
    pub(crate) pooling: Option<Pooling>,
    pub(crate) loss: Loss,
    pub(crate) metrics: Vec<metrics::Entry>,
    pub(crate) monitor: Monitor,
    pub(crate) optimizer: OptimizerConfig,
    pub(crate) augment: Option<Augment>,
    pub(crate) shares: Shares,
    pub(crate) fine_tune_statistics: BatchStatistics,
    pub(crate) threads: usize,
}

impl Plan {
    /// The network for so many classes.
    pub(crate) fn options(&self, classes: usize) -> Options {
        let [height, width] = self.preprocess.size;
        let head = Head::new(classes).dropout(self.recipe.dropout as f32).activation(self.head);
        let head = Head { pooling: self.pooling, ..head };
        let input = [height, width, self.preprocess.channels.count()];
        let options = Options::new(input, Top::Head(head)).alpha(self.recipe.alpha as f32);
        Options { scaling: self.scaling, ..options }
    }
}

impl Recipe {
    /// Checks everything that can be checked before a picture is read.
    ///
    /// # Errors
    /// An unknown name, a value outside its range, or settings that contradict each other; the message says which.
    pub fn check(mut self) -> Result<Plan> {
        let architecture = zoo::find(&self.base).map_err(|e| Error::usage(e.to_string()))?;
        self.check_values()?;
        let preprocess = self.preprocess(architecture)?;
        let wanted = Wanted { alpha: self.alpha as f32, size: preprocess.size, part: Part::Base };
        let start = Start::of(&self, architecture, &wanted)?;
        let scaling = start.scaling(architecture, &wanted);
        self.weights = start.as_written();
        let head = self.head()?;
        let loss = losses::find(&self.loss)?;
        let metrics = self.metrics.iter().map(|name| metrics::find(name)).collect::<Result<Vec<_>, _>>()?;
        let monitor = Monitor { name: self.monitor.clone(), mode: self.mode()?, min_delta: self.min_delta };
        self.check_monitor(&metrics)?;
        let optimizer = self.optimizer()?;
        let augment = match self.augment.trim() {
            "" | "none" => None,
            text => Some(text.parse::<Augment>().map_err(|e| Error::usage(format!("--augment: {e}")))?),
        };
        let pooling = self.pooling()?;
        let shares = Shares { validation: self.validation_split as f32, test: self.test_split as f32 };
        let fine_tune_statistics = choose(
            "fine_tune_batch_norm",
            &self.fine_tune_batch_norm,
            &[("moving", BatchStatistics::Moving), ("batch", BatchStatistics::Batch)],
        )?;
        if self.fine_tune > 0 && start == Start::Nothing {
            return Err(Error::usage(
                "--fine-tune unfreezes a base that was trained before, and with --weights none everything is trained from the start: leave one of them out",
            ));
        }
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let plan = Plan {
            recipe: self,
            architecture,
            start,
            scaling,
            preprocess,
            head,
            pooling,
            loss,
            metrics,
            monitor,
            optimizer,
            augment,
            shares,
            fine_tune_statistics,
            threads,
        };
        // A size, an alpha or a number of channels that the network does not take is refused before a picture is read.
        architecture.build(&plan.options(2)).map_err(|e| Error::usage(e.to_string()))?;
        Ok(plan)
    }

    fn pooling(&self) -> Result<Option<Pooling>> {
        let kinds = [("avg", Pooling::Average), ("max", Pooling::Max), ("flatten", Pooling::Flatten)];
        match self.pooling.as_str() {
            "" => Ok(None),
            name => choose("pooling", name, &kinds).map(Some),
        }
    }

    fn check_values(&self) -> Result<()> {
        let positive = [
            ("batch_size", self.batch_size, 1 << 16),
            ("epochs", self.epochs, 1 << 20),
            ("memory_limit", self.memory_limit, 1 << 30),
        ];
        if let Some((name, value, most)) =
            positive.iter().find(|(_, value, most)| *value == 0 || value > most)
        {
            return Err(Error::usage(format!("{name}: expected 1 to {most}, received {value}")));
        }
        if self.fine_tune > 0 && self.fine_tune_epochs == 0 {
            return Err(Error::usage("fine_tune_epochs: expected 1 or more, received 0"));
        }
        for (name, rate) in
            [("learning_rate", self.learning_rate), ("fine_tune_learning_rate", self.fine_tune_learning_rate)]
        {
            if !(rate > 0.0 && rate <= 100.0) {
                return Err(Error::usage(format!(
                    "{name}: expected more than 0 and at most 100, such as 0.001, received {rate}"
                )));
            }
        }
        for (name, share) in [("validation_split", self.validation_split), ("test_split", self.test_split)] {
            if !(0.0..1.0).contains(&share) {
                return Err(Error::usage(format!(
                    "{name}: expected a share from 0 to below 1, received {share}"
                )));
            }
        }
        if self.validation_split + self.test_split >= 1.0 {
            return Err(Error::usage(
                "validation_split and test_split leave nothing to train on: together they must be below 1",
            ));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(Error::usage(format!("dropout: expected 0 to below 1, received {}", self.dropout)));
        }
        if !(self.min_delta >= 0.0 && self.min_delta.is_finite()) {
            return Err(Error::usage(format!("min_delta: expected 0 or more, received {}", self.min_delta)));
        }
        if self.threads > 1024 {
            return Err(Error::usage(format!("threads: expected up to 1024, received {}", self.threads)));
        }
        Ok(())
    }

    /// Head and loss say the same thing twice: what is not given follows from the other.
    fn head(&mut self) -> Result<HeadActivation> {
        const BINARY: &str = "binary_crossentropy";
        if self.head.is_empty() {
            self.head = if self.loss == BINARY { "sigmoid" } else { "softmax" }.into();
        }
        let kinds = [("softmax", HeadActivation::Softmax), ("sigmoid", HeadActivation::Sigmoid)];
        let head = choose("head", &self.head, &kinds)?;
        if self.loss.is_empty() {
            self.loss =
                if self.head == "sigmoid" { BINARY } else { "sparse_categorical_crossentropy" }.into();
        }
        let fits = (self.loss == BINARY) == (head == HeadActivation::Sigmoid);
        match fits || losses::find(&self.loss).is_err() {
            true => Ok(head),
            false => Err(Error::usage(format!(
                "a {} head does not go with the loss {}: leave one of them out",
                self.head, self.loss
            ))),
        }
    }

    fn mode(&self) -> Result<Mode> {
        choose("mode", &self.mode, &[("auto", Mode::Auto), ("min", Mode::Min), ("max", Mode::Max)])
    }

    /// An unknown monitor fails here, before any picture is read.
    fn check_monitor(&self, metrics: &[metrics::Entry]) -> Result<()> {
        let plain: Vec<&str> =
            std::iter::once("loss").chain(metrics.iter().map(metrics::Entry::name)).collect();
        let names: Vec<String> = plain
            .iter()
            .map(|name| format!("val_{name}"))
            .chain(plain.iter().map(ToString::to_string))
            .collect();
        if names.contains(&self.monitor) {
            return Ok(());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let choices = graph::choices(&self.monitor, &names);
        let hint = match metrics::find(self.monitor.trim_start_matches("val_")) {
            Ok(metric) => format!("; add it with --metrics {},{}", self.metrics.join(","), metric.name()),
            Err(_) => String::new(),
        };
        Err(Error::usage(format!("--monitor {}: there is no such figure; {choices}{hint}", self.monitor)))
    }

    fn optimizer(&self) -> Result<OptimizerConfig> {
        let Self { momentum, nesterov, .. } = *self;
        let mut config = OptimizerConfig::find(&self.optimizer)?;
        if let Rule::Sgd(sgd) = &mut config.rule {
            *sgd = Sgd { momentum, nesterov };
        }
        Ok(config)
    }

    /// The input's size is filled in from the architecture where it is not given.
    fn preprocess(&mut self, architecture: &Architecture) -> Result<Preprocess> {
        let size = match self.image_size[..] {
            [] => [architecture.default_input[0], architecture.default_input[1]],
            [side] => [side, side],
            [height, width] => [height, width],
            _ => {
                let message = format!(
                    "image_size: expected a side, or height and width, received {:?}",
                    self.image_size
                );
                return Err(Error::usage(message));
            }
        };
        self.image_size = size.to_vec();
        let colors = [("rgb", Channels::Rgb), ("grayscale", Channels::Grey)];
        let channels = choose("color_mode", &self.color_mode, &colors)?;
        let resizes = [("stretch", Resize::Stretch), ("pad", Resize::Pad), ("crop", Resize::Crop)];
        let resize = choose("resize", &self.resize, &resizes)?;
        let preprocess = Preprocess::new(size, channels).map_err(|e| Error::usage(e.to_string()))?;
        Ok(Preprocess { resize, ..preprocess })
    }
}

/// The value called `name` among `known`.
fn choose<T: Copy>(what: &str, name: &str, known: &[(&str, T)]) -> Result<T> {
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Error::usage(format!("{what}: expected {}, received {name}", names.join(" or ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Recipe)) -> String {
        let mut recipe = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
        change(&mut recipe);
        recipe.check().unwrap_err().to_string()
    }

    #[test]
    fn wrong_settings_are_named_with_what_is_right() {
        type Change = fn(&mut Recipe);
        let cases: [(Change, &str); 13] = [
            (|r| r.base = "mobilenetv2".into(), "mobilenet_v2"),
            (|r| r.monitor = "val_los".into(), "val_loss"),
            (|r| r.monitor = "val_recall".into(), "--metrics accuracy,recall"),
            (|r| r.metrics = vec!["acuracy".into()], "accuracy"),
            (|r| r.optimizer = "adan".into(), "adam"),
            (|r| r.loss = "mse".into(), "sparse_categorical_crossentropy"),
            (|r| r.augment = "rotate=1".into(), "rotation"),
            (|r| r.validation_split = 1.5, "validation_split"),
            (|r| r.learning_rate = f64::NAN, "learning_rate"),
            (|r| r.batch_size = 0, "batch_size"),
            (|r| r.weights = "no-such-file.keras".into(), "no-such-file.keras"),
            (|r| r.fine_tune = 3, "--fine-tune"),
            (|r| r.pooling = "mean".into(), "pooling: expected avg or max or flatten, received mean"),
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
        assert_eq!(sgd.optimizer().unwrap(), plain.into());
        let carried = Recipe { momentum: 0.9, nesterov: true, ..sgd };
        let expected = Sgd { momentum: 0.9, nesterov: true };
        assert_eq!(carried.optimizer().unwrap(), expected.into());
    }

    #[test]
    fn head_and_loss_follow_from_each_other() {
        let base = Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() };
        let plan = Recipe { loss: "binary_crossentropy".into(), ..base.clone() }.check().unwrap();
        assert_eq!(plan.head, HeadActivation::Sigmoid);
        let plan = Recipe { head: "sigmoid".into(), ..base.clone() }.check().unwrap();
        assert_eq!(plan.recipe.loss, "binary_crossentropy");
        let contradiction = Recipe { head: "softmax".into(), loss: "binary_crossentropy".into(), ..base };
        assert!(contradiction.check().unwrap_err().to_string().contains("does not go with"));
    }
}

//! Everything that a run gave: what `result.json` contains.
//!
//! The keys are the field names and stay as they are: programs read them. A new key raises nothing; a key that
//! changes its meaning or goes away raises `LAYOUT`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::numbers::count;
use crate::sources::Sources;
use crate::{Error, ErrorKind, Evaluation, Finding, Result, StageSettings, lossy_path};

/// The version of the keys' meaning.
const LAYOUT: u32 = 1;

/// A run: where it came from, how long it took, and how good it is.
///
/// A part that a run does not have, such as the stages of an evaluation, is empty or `None` (`null` in JSON).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// The version of the keys' meaning, 1.
    pub layout: u32,
    /// What the run is called: usually the data's name.
    pub name: String,
    /// When it ended, as text that the caller chose (RFC 3339 is meant).
    pub created: Option<String>,
    /// The seed that all chance came from.
    pub seed: Option<u64>,
    /// The network.
    pub model: ModelFacts,
    /// The pictures: how many, of which classes, and which were skipped.
    pub images: ImageFacts,
    /// Where the time went.
    pub seconds: Seconds,
    /// Pictures a second.
    pub images_per_second: Throughput,
    /// The starts that were tried against each other, of which one went on; none where there was one.
    pub starts: Vec<Start>,
    /// The training, stage by stage.
    pub stages: Vec<Stage>,
    /// Whether it was stopped before its end, and can be gone on with.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The epoch whose weights were kept.
    pub best: Option<Best>,
    /// The figures on the validation part.
    pub validation: Option<Evaluation>,
    /// The figures on the test part, which took no part in training or in choosing.
    pub test: Option<Evaluation>,
    /// What went wrong in the training, each with the option to change.
    pub findings: Vec<Finding>,
    /// The options as used, defaults included.
    pub recipe: serde_json::Value,
    /// Versions of what took part, by name.
    pub versions: BTreeMap<String, String>,
    /// What a reader should know, in whole sentences.
    pub notes: Vec<String>,
}

/// The facts of a network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelFacts {
    /// Its name in the zoo, or that of the file it came from.
    pub architecture: String,
    /// Where its weights came from, such as `imagenet` or `none`.
    pub weights: Option<String>,
    /// What of the file that its base started from was loaded.
    pub loaded: Option<LoadedWeights>,
    /// The input's height, width and channels.
    pub input: Option<[usize; 3]>,
    /// The class names, in the order of the outputs.
    pub classes: Vec<String>,
    /// All its numbers.
    pub parameters: u64,
    /// Those that training changed, in any stage.
    pub trained_parameters: u64,
    /// The model file's size.
    pub size_bytes: Option<u64>,
    /// The model file.
    pub file: Option<String>,
}

/// What was loaded from a file of weights, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadedWeights {
    /// The file.
    pub file: String,
    /// How the file's layers were found.
    pub found: Found,
    /// The layers that got weights; from a file of PyTorch's, the parameters.
    pub loaded: Vec<String>,
    /// Layers of the network that got none, and layers of the file that have no place in it.
    pub skipped: Vec<SkippedLayer>,
}

/// How the layers of a file of weights were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// By their names.
    #[default]
    ByName,
    /// By their order in the network, since their names are others.
    ByOrder,
}

/// A layer whose weights were not loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SkippedLayer {
    /// Its name, or its parameter's.
    pub name: String,
    /// Why.
    pub why: String,
}

impl LoadedWeights {
    /// Whether anything of the layer called `name` was skipped.
    pub fn has_skipped(&self, name: &str) -> bool {
        let is_of = |parameter: &str| {
            parameter.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.skipped.iter().any(|skipped| is_of(&skipped.name))
    }
}

/// The facts of the pictures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFacts {
    /// Where they were read from; paths under it are shown without it.
    pub source: Option<String>,
    /// `train`, `validation` and `test`, as far as there are, in that order.
    pub parts: Vec<Part>,
    /// Pictures that could not be used.
    pub skipped: SkippedPictures,
}

/// The pictures of one part, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// `train`, `validation` or `test`.
    pub name: String,
    /// Its pictures.
    pub pictures: usize,
    /// Its pictures by class, in the order of the model's classes.
    pub classes: Vec<usize>,
}

/// Pictures that could not be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SkippedPictures {
    /// How many.
    pub count: usize,
    /// Which, and why.
    pub list: Vec<SkippedPicture>,
}

/// A picture that could not be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkippedPicture {
    /// The file.
    #[serde(with = "lossy_path")]
    pub path: PathBuf,
    /// Why it was left out.
    pub reason: String,
}

/// Where the time went. In JSON the parts lie beside `total`: `seconds.decode`, `seconds.forward`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// From start to end, by the clock on the wall; of a run that was left, of all its sittings, each until the last state
    /// that was kept of it.
    pub total: f64,
    /// The parts by name. Parts that several threads do at once may add up to more than the total.
    #[serde(flatten)]
    pub parts: BTreeMap<String, f64>,
}

/// Pictures a second, by the clock on the wall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Throughput {
    /// While training.
    pub train: Option<f64>,
    /// While predicting.
    pub predict: Option<f64>,
}

/// A start that was tried against others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The seed that its chance came from.
    pub seed: u64,
    /// The epochs, of the first stage but for an initial run, after which it was left, or went on as the run.
    pub epochs: usize,
    /// The best so far of what was monitored; `None` where the loss was no number.
    pub value: Option<f64>,
    /// Whether it is the run.
    pub went_on: bool,
}

/// One stage of training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Such as `head` or `fine-tune`.
    pub name: String,
    /// Which layers learned, in words.
    #[serde(default)]
    pub layers: Option<String>,
    /// The step size that it began with.
    #[serde(default)]
    pub learning_rate: Option<f64>,
    /// By what that was multiplied with each block farther from the top, if it was.
    #[serde(default)]
    pub layer_decay: Option<f64>,
    /// The optimizer.
    #[serde(default)]
    pub optimizer: Option<String>,
    /// The numbers that learned.
    #[serde(default)]
    pub trained_parameters: Option<u64>,
    /// Its epochs, in order.
    pub epochs: Vec<Epoch>,
    /// Why it ended before its last epoch, if it did.
    #[serde(default)]
    pub stopped: Option<String>,
    /// What it is set by, for the findings that name it; they are written, it is not.
    #[serde(skip)]
    pub settings: StageSettings,
}

/// One pass over the training part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Counted from 1 and on over the stages.
    pub epoch: usize,
    /// How long it took, its validation included.
    pub seconds: f64,
    /// The step size.
    pub learning_rate: Option<f64>,
    /// `loss`, `accuracy`, `val_loss`, `val_accuracy` and more. A figure that is not a number is `None`.
    pub metrics: BTreeMap<String, Option<f64>>,
}

/// The epoch whose weights were kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Counted from 1 and on over the stages.
    pub epoch: usize,
    /// The stage that it is of.
    #[serde(default)]
    pub stage: Option<String>,
    /// What decided, such as `val_loss`.
    pub monitor: String,
    /// Its value.
    pub value: Option<f64>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            layout: LAYOUT,
            name: String::new(),
            created: None,
            seed: None,
            model: ModelFacts::default(),
            images: ImageFacts::default(),
            seconds: Seconds::default(),
            images_per_second: Throughput::default(),
            starts: Vec::new(),
            stages: Vec::new(),
            interrupted: false,
            best: None,
            validation: None,
            test: None,
            findings: Vec::new(),
            recipe: serde_json::Value::Null,
            versions: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}

impl Outcome {
    /// As it stands in `result.json`: indented, with a line end.
    ///
    /// # Errors
    /// None that the types allow; a value that JSON cannot hold.
    pub fn to_json(&self) -> Result<String> {
        let json = serde_json::to_string_pretty(self)
            .map_err(|e| Error::new(ErrorKind::Format, format!("cannot write the result as JSON: {e}")))?;
        Ok(json + "\n")
    }

    /// Reads what [`to_json`](Self::to_json) wrote, by this version or an older one.
    ///
    /// # Errors
    /// The text is not JSON, lacks what it needs, contradicts itself,
    /// or was written by a version that gives the keys another meaning.
    pub fn from_json(json: &str) -> Result<Self> {
        let outcome: Self = serde_json::from_str(json)
            .map_err(|e| Error::new(ErrorKind::Format, format!("this is not a result of a run: {e}")))?;
        if outcome.layout > LAYOUT {
            let message = format!(
                "the result has layout {}, and this version reads up to {LAYOUT}: use a newer version",
                outcome.layout
            );
            return Err(Error::new(ErrorKind::Format, message));
        }
        [&outcome.test, &outcome.validation].into_iter().flatten().try_for_each(Evaluation::check)?;
        Ok(outcome)
    }

    /// Writes `result.json`.
    ///
    /// # Errors
    /// The folder is missing or read-only, or the disk is full.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(files::write(path, self.to_json()?)?)
    }

    /// The figures to show first, with the name of the part they are from: the test part's, else the validation's.
    pub fn judged(&self) -> Option<(&'static str, &Evaluation)> {
        let test = self.test.as_ref().map(|evaluation| ("test", evaluation));
        test.or_else(|| self.validation.as_ref().map(|evaluation| ("validation", evaluation)))
    }

    /// Which start is the run, and what the others reached, in words; `None` where there was one.
    pub(crate) fn starts_told(&self) -> Option<(String, String)> {
        let value =
            |start: &Start| start.value.map_or_else(|| "no number".into(), |value| format!("{value:.4}"));
        let (won, others): (Vec<&Start>, Vec<&Start>) = self.starts.iter().partition(|start| start.went_on);
        let won = won.first()?;
        let other = |start: &&Start| {
            format!("{} (seed {}, {})", value(start), start.seed, count(start.epochs, "epoch", "epochs"))
        };
        let others: Vec<String> = others.iter().map(other).collect();
        let told = format!(
            "of {} starts the one with seed {} went on ({} after {})",
            self.starts.len(),
            won.seed,
            value(won),
            count(won.epochs, "epoch", "epochs")
        );
        Some((told, format!("the others reached {}", others.join(", "))))
    }

    /// `path` as a person should see it: without the source's folder.
    pub(crate) fn shown(&self, path: &Path) -> String {
        Sources::of([self]).shown(path)
    }
}

#[cfg(test)]
mod tests;

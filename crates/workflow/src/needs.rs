//! What a job needs in memory beside its pictures: the network's buffers, as the engine plans them, its weights and all
//! that goes with them, the batches ahead, the program itself.
//!
//! It follows from the settings and the pictures alone, never from threads or from what is measured: how the pictures
//! are fed is decided by it, and with that the bits of the result.

use engine::{Footprint, TrainerOptions};
use graph::Graph;
use images::Split;

use crate::{Error, Plan, Result};

/// The program, its libraries and tables.
const PROGRAM: usize = 24 << 20;
/// What the list of pictures takes for each, beside its path: the entry, in the lists that exist at once.
const LISTED: usize = 256;
/// Copies of a path in these lists.
const PATHS: usize = 3;
/// A picture's turn in an epoch, in the list and while that is made.
const TURN: usize = 48;
/// Copies of the weights: the model's, the trainer's, the best so far,
/// and the first two again in the state being written.
const WEIGHTS: usize = 5;
/// What the greediest optimizer remembers of each trained weight.
const REMEMBERED: usize = 3;
/// The share of the limit that goes to batches ahead and to decoding, where they can use it.
const AHEAD: usize = 8;
/// The least number of batches: one in use, one ready, one being filled, and one to spare.
const BATCHES: usize = 4;

/// Bytes, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The tensors between the layers.
    pub(crate) network: usize,
    /// The weights, what the optimizer remembers, the best so far.
    pub(crate) weights: usize,
    /// Batches ahead, and the threads that decode them.
    pub(crate) ahead: usize,
    /// The program and the list of pictures.
    pub(crate) program: usize,
    /// Features of a frozen base that are kept; 0 where there is none or they do not fit.
    pub(crate) features: usize,
}

/// What is trained in a stage.
pub(crate) struct StageGraph {
    pub(crate) graph: Graph,
    pub(crate) statistics: engine::BatchStatistics,
}

impl Needs {
    /// Of the stages, one after the other, in batches of `batch_size`.
    ///
    /// # Errors
    /// No machine has so much memory.
    pub(crate) fn of(plan: &Plan, split: &Split, stages: &[StageGraph], batch_size: usize) -> Result<Self> {
        let limit = plan.memory_limit();
        let input = plan.preprocess.input_len();
        let batch = batch_size.saturating_mul(input).saturating_mul(size_of::<f32>());
        let samples = [&split.train, &split.validation, &split.test];
        let listed: usize = samples
            .iter()
            .flat_map(|part| part.iter())
            .map(|sample| LISTED + PATHS * sample.path.as_os_str().len())
            .sum();
        let turns = TURN * plan.pictures_per_epoch(split.train.len());
        let fixed = Self {
            network: 0,
            weights: weights(plan, stages),
            ahead: (BATCHES * batch).max(limit / AHEAD),
            program: PROGRAM + listed + turns,
            features: 0,
        };
        // Without the share of the limit, where that is more than is left.
        let least = Self { ahead: BATCHES * batch, ..fixed };
        let stages: Result<Vec<_>> =
            stages.iter().map(|stage| Stage::of(plan, split, stage, batch_size)).collect();
        let stages = stages?;
        let with = |fixed: Self| {
            let left = limit.saturating_sub(fixed.bytes());
            let kept = stages.iter().all(|stage| stage.network_kept + stage.features <= left);
            stages.iter().fold(fixed, |needs, stage| {
                let (network, features) =
                    if kept { (stage.network_kept, stage.features) } else { (stage.network, 0) };
                Self { network: needs.network.max(network), features: needs.features.max(features), ..needs }
            })
        };
        let needs = with(fixed);
        Ok(if needs.bytes() <= limit { needs } else { with(least) })
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> usize {
        [self.network, self.weights, self.ahead, self.program, self.features]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

/// What the network of a stage needs.
struct Stage {
    network: usize,
    /// Where the features of its frozen part are kept.
    network_kept: usize,
    features: usize,
}

impl Stage {
    fn of(plan: &Plan, split: &Split, stage: &StageGraph, batch_size: usize) -> Result<Self> {
        let StageGraph { graph, statistics } = stage;
        let largest = |pictures: usize| batch_size.min(pictures.max(1));
        let training = |start| {
            let batch = largest(plan.pictures_per_epoch(split.train.len()));
            let options = TrainerOptions { batch, start, statistics: *statistics, seed: 0 };
            Footprint::of_training(graph, &options).map(|footprint| footprint.bytes())
        };
        let judging = |ends| match split.validation.len().max(split.test.len()) {
            0 => Ok(0),
            pictures => Footprint::of_inference(graph, ends, largest(pictures)).map(|f| f.bytes()),
        };
        let network = training(None)? + judging((graph.input(), graph.output()))?;
        let Some(layer) = train::kept_layer(graph) else {
            return Ok(Self { network, network_kept: network, features: 0 });
        };
        let varied = plan.is_augmented();
        let base =
            Footprint::of_inference(graph, (graph.input(), layer), largest(split.train.len()))?.bytes();
        let training = training(Some(layer).filter(|_| !varied))?;
        let kept = training + judging((layer, graph.output()))?;
        let pictures = split.validation.len() + if varied { 0 } else { split.train.len() };
        let features = pictures.saturating_mul(train::feature_bytes(graph.node(layer).shape.elements()));
        Ok(Self { network, network_kept: base.max(kept), features })
    }
}

fn weights(plan: &Plan, stages: &[StageGraph]) -> usize {
    let bytes = |count: usize| count.saturating_mul(size_of::<f32>());
    let all = stages.iter().map(|stage| stage.graph.parameter_count()).max().unwrap_or(0);
    let trained = stages.iter().map(|stage| stage.graph.trained_count()).max().unwrap_or(0);
    let optimizers = || plan.stages.iter().map(|stage| &stage.optimizer);
    let averages = usize::from(optimizers().any(|optimizer| optimizer.average.is_some()));
    let accumulated = usize::from(optimizers().any(|optimizer| optimizer.gradient_accumulation_steps > 1));
    // Twice: a state that is being written has what the optimizer remembers once more.
    // A start trains a model of its own beside the run's.
    let weights = WEIGHTS + usize::from(plan.recipe.starts > 1);
    bytes(all) * weights + 2 * bytes(trained) * (REMEMBERED + averages + accumulated)
}

impl Plan {
    fn is_augmented(&self) -> bool {
        self.augment.as_ref().is_some_and(|augment| !augment.is_identity())
    }

    /// Of so many training pictures.
    pub(crate) fn pictures_per_epoch(&self, pictures: usize) -> usize {
        train::pictures_per_epoch(self.recipe.steps_per_epoch, self.recipe.batch_size, pictures)
    }

    /// Batches in an epoch of so many training pictures.
    pub(crate) fn steps_per_epoch(&self, pictures: usize) -> usize {
        self.pictures_per_epoch(pictures).div_ceil(self.recipe.batch_size)
    }

    /// Of the whole process, in bytes.
    pub(crate) fn memory_limit(&self) -> usize {
        self.recipe.memory_limit.map_or(usize::MAX, crate::Size::in_bytes)
    }
}

/// Fails unless `needs` are within the limit, with a batch size that is, if there is one.
pub(crate) fn check(needs: &Needs, plan: &Plan, smaller: impl Fn(usize) -> Result<Needs>) -> Result<()> {
    let limit = plan.memory_limit();
    if needs.bytes() <= limit {
        return Ok(());
    }
    let about = |bytes| crate::Size::bytes(bytes).about();
    let halves = std::iter::successors(Some(plan.recipe.batch_size / 2), |size| Some(size / 2));
    let fitting = halves
        .take_while(|&size| size > 0)
        .find(|&size| smaller(size).is_ok_and(|needs| needs.bytes() <= limit))
        .map_or_else(|| "a smaller --image-size".to_owned(), |size| format!("--batch-size {size}"));
    Err(Error::usage(format!(
        "--memory-limit {}: without a picture kept, this training needs about {}: {} for the tensors of a batch of {}, {} \
         for the weights and what the optimizer keeps of them, {} for batches ahead, {} for the program: give {fitting}, \
         or a --memory-limit of {} or more",
        crate::Size::bytes(limit),
        about(needs.bytes()),
        about(needs.network),
        plan.recipe.batch_size,
        about(needs.weights),
        about(needs.ahead),
        about(needs.program + needs.features),
        crate::Size::bytes(((needs.bytes() >> 20) + 1) << 20),
    )))
}

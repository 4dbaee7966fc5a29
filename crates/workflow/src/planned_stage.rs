//! A stage that was checked: what learns in it, how long, and at which rates.

use engine::BatchStatistics;
use graph::{Graph, NodeId};
use report::StageSettings;
use train::Stage;
use train::optimizers::OptimizerConfig;
use train::schedules::Schedule;
use zoo::{Architecture, Block};

use crate::fine_tune::Tunable;
use crate::job::ToldApart;
use crate::network::{Built, Network};
use crate::{FineTune, Plan, Result};

/// A stage of a plan.
#[derive(Debug, Clone)]
pub(crate) struct PlannedStage {
    /// Empty for what [`Network::first_stage`] calls it.
    pub(crate) name: String,
    /// Never [`FineTune::EachBlock`], which was made a stage each.
    pub(crate) layers: FineTune,
    /// What asked for it, for messages: `--fine-tune`.
    pub(crate) option: String,
    /// What sets it, for advice.
    pub(crate) settings: StageSettings,
    pub(crate) epochs: usize,
    pub(crate) learning_rate: f64,
    /// Whether it says its rate itself; else it has that of the recipe.
    pub(crate) has_own_rate: bool,
    pub(crate) schedule: Schedule,
    /// What sets that, for messages: `--schedule`, or `stage 2, schedule`.
    pub(crate) schedule_option: String,
    pub(crate) optimizer: OptimizerConfig,
    pub(crate) statistics: BatchStatistics,
    /// 1 for one rate.
    pub(crate) layer_decay: f64,
    /// `None` for that of the recipe.
    pub(crate) patience: Option<usize>,
}

/// Which of the stages is the first whose figures count: those before it only find weights for it to start from.
pub(crate) fn first_judged(stages: &[PlannedStage]) -> usize {
    stages.iter().position(|stage| !stage.settings.prepares).unwrap_or(0)
}

/// A network as far as stages need it: where its base ends and its blocks begin.
pub(crate) struct Outline {
    pub(crate) graph: Graph,
    pub(crate) base_output: Option<NodeId>,
    pub(crate) blocks: Vec<Block>,
}

impl Outline {
    pub(crate) fn new(
        graph: Graph,
        base_output: Option<NodeId>,
        architecture: Option<&Architecture>,
    ) -> Self {
        let blocks = architecture.filter(|_| base_output.is_some()).map(|known| known.blocks(&graph));
        Self { blocks: blocks.unwrap_or_default(), graph, base_output }
    }

    /// Of a network with its weights.
    pub(crate) fn of(built: &Built) -> Self {
        let architecture = zoo::find(&built.trained.architecture).ok();
        Self::new(built.model.graph.clone(), built.base_output, architecture)
    }

    pub(crate) fn tunable<'a>(&'a self, option: &'a str) -> Tunable<'a> {
        Tunable { graph: &self.graph, base_output: self.base_output, blocks: &self.blocks, option }
    }
}

impl PlannedStage {
    /// What it is called; the first stage of a short form after what it trains.
    pub(crate) fn name(&self, outline: &Outline, network: &Network) -> String {
        match self.name.as_str() {
            "" => network.first_stage(&outline.graph).into(),
            name => name.into(),
        }
    }

    /// As it is trained where no stage was before it.
    ///
    /// # Errors
    /// As [`PlannedStage::rate_factors`].
    pub(crate) fn stage(&self, plan: &Plan, told_apart: &ToldApart, outline: &Outline) -> Result<Stage> {
        Ok(Stage {
            name: self.name(outline, &plan.network),
            epochs: self.epochs,
            first_epoch: 0,
            optimizer: self.optimizer,
            learning_rate: self.learning_rate as f32,
            rate_factors: self.rate_factors(outline)?,
            schedule: self.schedule.clone(),
            loss: plan.loss,
            class_weights: told_apart.class_weights.clone(),
            metrics: told_apart.metrics.clone(),
            statistics: self.statistics,
            patience: self.patience,
        })
    }

    /// What learns besides what `outline` marks as trainable, and what is said of it to a person.
    ///
    /// # Errors
    /// As [`Tunable::layers`].
    pub(crate) fn layers(&self, outline: &Outline) -> Result<(Vec<NodeId>, String)> {
        let tunable = outline.tunable(&self.option);
        let layers = tunable.layers(&self.layers)?;
        let said = tunable.describe(&self.layers, &layers);
        Ok((layers, said))
    }

    /// The graph of `outline` as the stage trains it.
    ///
    /// # Errors
    /// As [`Tunable::layers`].
    pub(crate) fn graph(&self, outline: &Outline) -> Result<Graph> {
        let mut graph = outline.graph.clone();
        self.layers(outline)?.0.into_iter().for_each(|id| graph.set_trainable(id, true));
        Ok(graph)
    }

    /// For each parameter `layer_decayᵈ`, d blocks from the top (Clark et al. 2020, arXiv:2003.10555; BEiT's and timm's
    /// `layer_decay`); none where all rates are alike.
    ///
    /// # Errors
    /// Blocks are not known.
    pub(crate) fn rate_factors(&self, outline: &Outline) -> Result<Vec<f32>> {
        if self.layer_decay == 1.0 || self.layers == FineTune::Last(0) {
            return Ok(Vec::new());
        }
        let depths = outline.tunable("--layer-decay").depths()?;
        let factor = |depth: usize| self.layer_decay.powi(i32::try_from(depth).unwrap_or(i32::MAX)) as f32;
        let parameters = outline.graph.parameters().iter();
        Ok(parameters.map(|parameter| factor(depths[parameter.node.index()])).collect())
    }
}

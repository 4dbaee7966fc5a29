//! The stages of a recipe: those that it lists, or its first stage and those that `--initial-epochs` and `--fine-tune` add.

use engine::BatchStatistics;
use report::{BaseSettings, StageSettings};
use train::schedules::Schedule;

use super::choice::choose;
use super::learning;
use super::ranges::EPOCHS;
use crate::network::Network;
use crate::planned_stage::{Outline, PlannedStage, first_judged};
use crate::{Error, FineTune, Recipe, Result, StageRecipe};

/// The name of the stage that `--initial-epochs` adds.
const INITIAL: &str = "initial";

/// Every stage, each of its layers known.
pub(super) fn stages(recipe: &Recipe, network: &Network, outline: &Outline) -> Result<Vec<PlannedStage>> {
    if recipe.stage.is_empty() && recipe.fine_tune.is_asked_for() && network.starts_from_nothing() {
        return Err(Error::usage(format!(
            "--fine-tune {} unfreezes layers that were trained before, and with --weights none everything is trained \
             from the start: leave one of them out",
            recipe.fine_tune
        )));
    }
    let asked = asked_for(recipe, network)?;
    let planned = asked.iter().map(|asked| asked.planned(recipe, outline));
    let mut stages: Vec<PlannedStage> = planned.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    if network.starts_from_nothing() {
        // There is no base whose figures could be kept.
        stages.iter_mut().for_each(|stage| stage.settings.base = None);
    }
    stages.iter().try_for_each(|stage| check_layers(stage, network, outline))?;
    if recipe.layer_decay != 1.0 && stages.iter().all(|stage| stage.layers == FineTune::Last(0)) {
        return Err(Error::usage(
            "--layer-decay gives layers of the base other rates than the head, and no stage trains any: leave it out, or \
             give --fine-tune",
        ));
    }
    let judged = &stages[first_judged(&stages)];
    if recipe.starts > 1 && judged.epochs < 2 {
        return Err(Error::usage(format!(
            "--starts {}: {} must be 2 or more, for the worse starts take a part of these epochs alone",
            recipe.starts,
            judged.settings.epochs.trim_end_matches(" =")
        )));
    }
    Ok(stages)
}

/// A stage as written, or as the short form stands for it.
struct Asked {
    stage: StageRecipe,
    /// Which `[[stage]]` it is, from 1; `None` in the short form.
    number: Option<usize>,
}

/// The stages that a recipe lists, or those that its settings stand for.
fn asked_for(recipe: &Recipe, network: &Network) -> Result<Vec<Asked>> {
    if recipe.stage.is_empty() {
        return short_form(recipe, network);
    }
    let one = |(index, stage): (usize, &StageRecipe)| {
        let mut stage = stage.clone();
        if stage.batch_norm.is_empty() && network.starts_from_nothing() {
            stage.batch_norm = "batch".into();
        }
        Asked { stage, number: Some(index + 1) }
    };
    Ok(recipe.stage.iter().enumerate().map(one).collect())
}

fn short_form(recipe: &Recipe, network: &Network) -> Result<Vec<Asked>> {
    let from_nothing = network.starts_from_nothing();
    let layers = if from_nothing { FineTune::All } else { FineTune::Last(0) };
    let asked = |stage: StageRecipe| Asked { stage, number: None };
    let mut stages = Vec::new();
    if recipe.initial_epochs > 0 {
        if !from_nothing {
            return Err(Error::usage(
                "--initial-epochs finds weights for a network from nothing to start from, and this one has some: leave it \
                 out, or give --weights none",
            ));
        }
        stages.push(asked(initial(recipe, layers.clone())));
    }
    let first = StageRecipe { schedule: recipe.schedule.clone(), ..StageRecipe::new(layers, recipe.epochs) };
    stages.push(asked(first));
    if recipe.fine_tune.is_asked_for() {
        stages.push(asked(fine_tune(recipe)));
    }
    Ok(stages)
}

/// The stage that the settings of the second one stand for.
fn fine_tune(recipe: &Recipe) -> StageRecipe {
    StageRecipe {
        name: "fine-tune".into(),
        learning_rate: Some(recipe.fine_tune_learning_rate),
        rate_decay: recipe.fine_tune_rate_decay,
        schedule: recipe.fine_tune_schedule.clone(),
        batch_norm: recipe.fine_tune_batch_norm.clone(),
        ..StageRecipe::new(recipe.fine_tune.clone(), recipe.fine_tune_epochs)
    }
}

/// Weights for the real run to start from, by a short one under a heavy weight decay whose rate halves with every epoch:
/// what is large without need is made small before anything is learned in earnest.
fn initial(recipe: &Recipe, layers: FineTune) -> StageRecipe {
    StageRecipe {
        name: INITIAL.into(),
        schedule: "exponential=0.5".into(),
        weight_decay: Some(recipe.initial_weight_decay),
        batch_norm: "batch".into(),
        ..StageRecipe::new(layers, recipe.initial_epochs)
    }
}

impl Asked {
    /// The stage, or one for each block.
    fn planned(&self, recipe: &Recipe, outline: &Outline) -> Result<Vec<PlannedStage>> {
        let Self { stage, .. } = self;
        if stage.layer_decay.is_some() && stage.layers == FineTune::Last(0) {
            return Err(Error::usage(format!(
                "{} gives layers of the base other rates than the head, and this stage trains none: leave it out",
                self.key("layer_decay")
            )));
        }
        if !(1..=EPOCHS).contains(&stage.epochs) {
            return Err(Error::setting(&self.key("epochs"), format_args!("1 to {EPOCHS}"), stage.epochs));
        }
        let schedule = learning::schedule(&stage.schedule, &self.key("schedule"))?;
        let one = PlannedStage {
            name: stage.name.clone(),
            layers: stage.layers.clone(),
            option: self.option(),
            settings: self.settings(recipe, &schedule),
            epochs: stage.epochs,
            learning_rate: self.rate(stage.learning_rate.unwrap_or(recipe.learning_rate))?,
            has_own_rate: stage.learning_rate.is_some(),
            schedule_option: self.key("schedule"),
            schedule,
            optimizer: self.optimizer(recipe)?,
            statistics: self.statistics()?,
            layer_decay: self.share("layer_decay", stage.layer_decay.unwrap_or(recipe.layer_decay))?,
            patience: stage.patience,
        };
        match (stage.layers == FineTune::EachBlock, stage.rate_decay) {
            (true, decay) => self.each_block(&one, self.share("rate_decay", decay.unwrap_or(1.0))?, outline),
            (false, None) => Ok(vec![self.named(one)]),
            (false, Some(_)) => Err(rate_decay_without_blocks(&self.key("rate_decay"))),
        }
    }

    /// From the top down, each with those above it; the stem last.
    fn each_block(&self, one: &PlannedStage, decay: f64, outline: &Outline) -> Result<Vec<PlannedStage>> {
        let blocks = outline.tunable(&one.option).known_blocks()?;
        let prefix = if self.stage.name.is_empty() { "fine-tune" } else { &self.stage.name };
        let of_block = |(index, block): (usize, &zoo::Block)| PlannedStage {
            name: format!("{prefix} {}", block.name),
            layers: match index + 1 == blocks.len() {
                true => FineTune::All,
                false => FineTune::LastBlocks(index + 1),
            },
            learning_rate: one.learning_rate * decay.powi(i32::try_from(index).unwrap_or(i32::MAX)),
            ..one.clone()
        };
        Ok(blocks.iter().rev().enumerate().map(of_block).collect())
    }

    /// A listed stage without a name is called after its layers; the first of a short form after what it trains.
    fn named(&self, stage: PlannedStage) -> PlannedStage {
        let name = match &stage.layers {
            _ if !stage.name.is_empty() || self.number.is_none() => stage.name.clone(),
            FineTune::Last(0) => "head".into(),
            FineTune::All => "all layers".into(),
            FineTune::From(name) => format!("from {name}"),
            FineTune::Last(1) => "last layer".into(),
            FineTune::Last(layers) => format!("last {layers} layers"),
            blocks => format!("last {blocks}"),
        };
        PlannedStage { name, ..stage }
    }

    /// What asks for the layers, for messages.
    fn option(&self) -> String {
        self.number.map_or_else(|| "--fine-tune".into(), |number| format!("stage {number}, layers ="))
    }

    /// What a key of the stage is called in messages.
    fn key(&self, key: &str) -> String {
        let option = key.replace('_', "-");
        match (self.number, self.stage.name.as_str()) {
            (Some(number), _) => format!("stage {number}, {key}"),
            (None, "") => format!("--{option}"),
            (None, _) if key == "layer_decay" => format!("--{option}"),
            // The short run has the rate of the real one.
            (None, INITIAL) if key == "learning_rate" => format!("--{option}"),
            (None, name) => format!("--{name}-{option}"),
        }
    }

    /// What a person changes to train it otherwise.
    fn settings(&self, recipe: &Recipe, schedule: &Schedule) -> StageSettings {
        let named = |key: &str| match self.number {
            Some(_) => format!("{} =", self.key(key)),
            None => self.key(key),
        };
        let of_short_form = |name: &str| self.number.is_none() && self.stage.name == name;
        let learns_base =
            self.stage.layers != FineTune::Last(0) && !of_short_form("") && !of_short_form(INITIAL);
        let base =
            learns_base.then(|| BaseSettings { layers: self.option(), batch_norm: named("batch_norm") });
        StageSettings {
            learning_rate: named("learning_rate"),
            rate: Some(self.stage.learning_rate.unwrap_or(recipe.learning_rate)),
            listed_rates: schedule.lists_rates().then(|| named("schedule")),
            epochs: named("epochs"),
            base,
            prepares: of_short_form(INITIAL),
        }
    }

    fn rate(&self, rate: f64) -> Result<f64> {
        match rate > 0.0 && rate <= 100.0 {
            true => Ok(rate),
            false => {
                let expected = "more than 0 and at most 100, such as 0.001";
                Err(Error::setting(&self.key("learning_rate"), expected, rate))
            }
        }
    }

    fn share(&self, key: &str, share: f64) -> Result<f64> {
        match share > 0.0 && share <= 1.0 {
            true => Ok(share),
            false => Err(Error::setting(&self.key(key), "more than 0 and at most 1, such as 0.75", share)),
        }
    }

    /// As the recipe says, but for what the stage says.
    fn optimizer(&self, recipe: &Recipe) -> Result<train::optimizers::OptimizerConfig> {
        let stage = &self.stage;
        let mut own = Recipe { weight_decay: stage.weight_decay.or(recipe.weight_decay), ..recipe.clone() };
        if !stage.optimizer.is_empty() && stage.optimizer != recipe.optimizer {
            own = Recipe { optimizer: stage.optimizer.clone(), momentum: 0.0, nesterov: false, ..own };
        }
        own.momentum = stage.momentum.unwrap_or(own.momentum);
        learning::optimizer(&own, &|key| self.key_of_optimizer(key))
    }

    /// What a setting of the optimizer is called in messages: those that a stage does not have are the recipe's.
    fn key_of_optimizer(&self, key: &str) -> String {
        let is_of_stage = match self.number {
            Some(_) => ["optimizer", "momentum", "weight_decay"].contains(&key),
            None => self.stage.name == INITIAL && key == "weight_decay",
        };
        match is_of_stage {
            true => self.key(key),
            false => learning::option(key),
        }
    }

    /// Where layers of the base wait to be trained, their batch norms stay as they are unless asked otherwise.
    fn statistics(&self) -> Result<BatchStatistics> {
        let ways = [("moving", BatchStatistics::Moving), ("batch", BatchStatistics::Batch)];
        match (self.stage.batch_norm.as_str(), &self.stage.layers) {
            ("", FineTune::Last(0)) => Ok(BatchStatistics::Batch),
            ("", FineTune::All) if self.number.is_none() => Ok(BatchStatistics::Batch),
            ("", _) => Ok(BatchStatistics::Moving),
            (way, _) => choose(&self.key("batch_norm"), way, &ways),
        }
    }
}

fn rate_decay_without_blocks(option: &str) -> Error {
    Error::usage(format!(
        "{option} is for `blocks`, by what the step size is multiplied from one block to the next: leave it out, or train \
         blocks"
    ))
}

/// Fails for layers that there are not, that are trained already, or that were never trained.
fn check_layers(stage: &PlannedStage, network: &Network, outline: &Outline) -> Result<()> {
    let PlannedStage { layers, option, .. } = stage;
    if network.starts_from_nothing() && *layers != FineTune::All {
        return Err(Error::usage(format!(
            "{option} {layers}: with --weights none everything is trained from the start: give layers = \"all\""
        )));
    }
    network.check_untrained(&stage.layers(outline)?.0, &format!("{option} {layers}"))?;
    stage.rate_factors(outline).map(|_| ())
}

#[cfg(test)]
mod tests;

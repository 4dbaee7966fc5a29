//! How a model learns: optimizer, learning-rate schedule, loss, and how much each class counts.

use train::losses::{self, ClassWeights, Loss};
use train::optimizers::{Averaging, Clip, OptimizerConfig, Rule};
use train::schedules::Schedule;

use crate::{Error, Recipe, Result};

/// The optimizer with all its settings.
pub(super) fn optimizer(recipe: &Recipe) -> Result<OptimizerConfig> {
    let mut config = OptimizerConfig::find(&recipe.optimizer)?;
    let (momentum, nesterov) = (recipe.momentum, recipe.nesterov);
    match &mut config.rule {
        Rule::Sgd(sgd) => (sgd.momentum, sgd.nesterov) = (momentum, nesterov),
        Rule::RmsProp(rmsprop) if !nesterov => rmsprop.momentum = momentum,
        _ if momentum != 0.0 || nesterov => {
            return Err(Error::usage(format!(
                "--momentum is for sgd and rmsprop and --nesterov for sgd: leave them out, or give --optimizer sgd in \
                 the place of {}",
                recipe.optimizer
            )));
        }
        _ => {}
    }
    if let Some(decay) = recipe.weight_decay {
        config.weight_decay = decay;
    }
    config.clip = clip(recipe)?;
    config.gradient_accumulation_steps = recipe.gradient_accumulation_steps;
    if !recipe.use_ema && recipe.ema_momentum != Averaging::default().momentum {
        return Err(Error::usage("--ema-momentum is for --use-ema: leave it out, or give both"));
    }
    config.average =
        recipe.use_ema.then(|| Averaging { momentum: recipe.ema_momentum, ..Averaging::default() });
    config.check().map_err(|error| as_option(&error))?;
    Ok(config)
}

/// At most one of the three ways to hold gradients within bounds, as in Keras.
fn clip(recipe: &Recipe) -> Result<Option<Clip>> {
    let asked = [
        recipe.clipvalue.map(Clip::Value),
        recipe.clipnorm.map(Clip::Norm),
        recipe.global_clipnorm.map(Clip::GlobalNorm),
    ];
    let mut asked = asked.into_iter().flatten();
    match (asked.next(), asked.next()) {
        (first, None) => Ok(first),
        _ => Err(Error::usage("--clipvalue, --clipnorm and --global-clipnorm: give one of them")),
    }
}

/// How the learning rate goes within a stage.
pub(super) fn schedule(text: &str, option: &str) -> Result<Schedule> {
    let wrong = |error: train::Error| Error::usage(format!("{option}: {error}"));
    match text {
        "" => Ok(Schedule::default()),
        text => {
            let schedule: Schedule = text.parse().map_err(wrong)?;
            schedule.check().map_err(wrong)?;
            Ok(schedule)
        }
    }
}

/// The loss, its targets smoothed as asked for.
pub(super) fn loss(recipe: &Recipe) -> Result<Loss> {
    let smoothing = recipe.label_smoothing;
    match (0.0..1.0).contains(&smoothing) {
        true => Ok(losses::find(&recipe.loss)?.smoothed(smoothing as f32)),
        false => Err(Error::setting("--label-smoothing", "a share from 0 to below 1", smoothing)),
    }
}

/// How much each class counts.
pub(super) fn class_weights(recipe: &Recipe) -> Result<ClassWeights> {
    recipe
        .class_weights
        .parse()
        .map_err(|error: train::Error| Error::usage(format!("--class-weights: {error}")))
}

/// `clip_norm: expected …` with the name as the option has it.
fn as_option(error: &train::Error) -> Error {
    let message = error.to_string();
    match message.split_once(':') {
        Some((name, rest)) => Error::usage(format!("--{}:{rest}", name.replace('_', "-"))),
        None => Error::usage(message),
    }
}

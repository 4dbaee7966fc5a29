//! How a model learns: optimizer, learning-rate schedule, loss, and how much each class counts.

use train::losses::{self, ClassWeights, Loss};
use train::optimizers::{Averaging, Clip, OptimizerConfig, RmsProp, Rule, Sgd};
use train::schedules::Schedule;

use super::spelling;
use crate::{Error, Recipe, Result};

/// What a key of the recipe is called in messages.
type Called<'a> = &'a dyn Fn(&str) -> String;

/// The optimizer with all its settings.
pub(super) fn optimizer(recipe: &Recipe, called: Called<'_>) -> Result<OptimizerConfig> {
    let option = called("optimizer");
    spelling::OPTIMIZER.check(&option, &recipe.optimizer)?;
    let found = OptimizerConfig::find(&recipe.optimizer);
    let mut config = found.map_err(|error| Error::usage(format!("{option}: {error}")))?;
    momentum(recipe, &mut config.rule, called)?;
    if let Some(decay) = recipe.weight_decay {
        config.weight_decay = decay;
    }
    config.clip = clip(recipe)?;
    config.gradient_accumulation_steps = recipe.gradient_accumulation_steps;
    config.average =
        recipe.use_ema.then(|| Averaging { momentum: recipe.ema_momentum, ..Averaging::default() });
    config.check().map_err(|error| as_option(&error, called))?;
    Ok(config)
}

/// The two settings of optimizers that have options of their own.
fn momentum(recipe: &Recipe, rule: &mut Rule, called: Called<'_>) -> Result<()> {
    let (momentum, nesterov) = (recipe.momentum, recipe.nesterov);
    match rule {
        _ if momentum == 0.0 && !nesterov => Ok(()),
        Rule::Sgd(Sgd { momentum: given, .. }) | Rule::RmsProp(RmsProp { momentum: given, .. })
            if momentum != 0.0 && *given != 0.0 =>
        {
            Err(Error::usage(format!(
                "{} {momentum} and {} {}: give the momentum once",
                called("momentum"),
                called("optimizer"),
                recipe.optimizer
            )))
        }
        Rule::Sgd(sgd) => {
            sgd.momentum = if momentum == 0.0 { sgd.momentum } else { momentum };
            sgd.nesterov |= nesterov;
            Ok(())
        }
        Rule::RmsProp(rmsprop) if !nesterov => {
            rmsprop.momentum = momentum;
            Ok(())
        }
        _ => Err(Error::usage(format!(
            "{} is for sgd and rmsprop and {} for sgd: leave them out, or give {} sgd in the place of {}",
            called("momentum"),
            called("nesterov"),
            called("optimizer"),
            recipe.optimizer
        ))),
    }?;
    match rule {
        Rule::Sgd(Sgd { momentum: 0.0, nesterov: true }) => Err(Error::usage(format!(
            "{}: Nesterov's form is one of momentum, and without it changes nothing: give {} 0.9 too, or leave it out",
            called("nesterov"),
            called("momentum")
        ))),
        _ => Ok(()),
    }
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
            spelling::SCHEDULE.check(option, text)?;
            let schedule: Schedule = text.parse().map_err(wrong)?;
            schedule.check().map_err(wrong)?;
            Ok(schedule)
        }
    }
}

/// The loss, its targets smoothed as asked for.
pub(super) fn loss(recipe: &Recipe) -> Result<Loss> {
    let loss = losses::find(&recipe.loss)?.smoothed(recipe.label_smoothing as f32);
    loss.check().map_err(|error| as_option(&error, &option))?;
    Ok(loss)
}

/// How much each class counts.
pub(super) fn class_weights(recipe: &Recipe) -> Result<ClassWeights> {
    recipe
        .class_weights
        .parse()
        .map_err(|error: train::Error| Error::usage(format!("--class-weights: {error}")))
}

/// What a key is called on the command line.
pub(super) fn option(key: &str) -> String {
    format!("--{}", key.replace('_', "-"))
}

/// `clip_norm: expected …` with the name as it is called.
fn as_option(error: &train::Error, called: Called<'_>) -> Error {
    let message = error.to_string();
    match message.split_once(':') {
        Some((name, rest)) => Error::usage(format!("{}:{rest}", called(name))),
        None => Error::usage(message),
    }
}

#[cfg(test)]
mod tests {
    use train::losses::{BinaryFocalCrossentropy, CategoricalFocalCrossentropy};
    use train::optimizers::{Adam, Lion};

    use super::*;

    /// What the optimizer of a recipe is, after `change`.
    fn optimizer_of(change: impl FnOnce(&mut Recipe)) -> OptimizerConfig {
        let mut recipe = Recipe::default();
        change(&mut recipe);
        optimizer(&recipe, &option).unwrap()
    }

    #[test]
    fn every_setting_of_the_optimizer_arrives() {
        let plain = OptimizerConfig::from(Adam::default());
        assert_eq!(optimizer_of(|_| {}), plain);
        type Change = fn(&mut Recipe);
        let ema = Averaging { momentum: 0.9, ..Averaging::default() };
        let cases: [(Change, OptimizerConfig); 8] = [
            (|r| r.weight_decay = Some(0.01), OptimizerConfig { weight_decay: 0.01, ..plain }),
            (|r| r.clipvalue = Some(0.5), OptimizerConfig { clip: Some(Clip::Value(0.5)), ..plain }),
            (|r| r.clipnorm = Some(2.0), OptimizerConfig { clip: Some(Clip::Norm(2.0)), ..plain }),
            (
                |r| r.global_clipnorm = Some(3.0),
                OptimizerConfig { clip: Some(Clip::GlobalNorm(3.0)), ..plain },
            ),
            (
                |r| r.gradient_accumulation_steps = 4,
                OptimizerConfig { gradient_accumulation_steps: 4, ..plain },
            ),
            (|r| r.use_ema = true, OptimizerConfig { average: Some(Averaging::default()), ..plain }),
            (|r| (r.use_ema, r.ema_momentum) = (true, 0.9), OptimizerConfig { average: Some(ema), ..plain }),
            (
                |r| r.optimizer = "adam,beta_1=0.85,amsgrad".into(),
                Adam { beta_1: 0.85, amsgrad: true, ..Adam::default() }.into(),
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(optimizer_of(change), expected);
        }
        let adamw = OptimizerConfig::find("adamw").unwrap();
        assert_eq!(optimizer_of(|r| r.optimizer = "adamw".into()), adamw, "with its own decay");
        let lion = Lion { beta_1: 0.95, ..Lion::default() };
        assert_eq!(optimizer_of(|r| r.optimizer = "lion=0.95".into()), lion.into());
    }

    #[test]
    fn momentum_is_an_option_and_a_setting() {
        let nesterov = Sgd { momentum: 0.9, nesterov: true };
        for text in ["sgd=0.9,nesterov", "sgd=0.9"] {
            assert_eq!(optimizer_of(|r| (r.optimizer, r.nesterov) = (text.into(), true)), nesterov.into());
        }
        assert_eq!(optimizer_of(|r| r.optimizer = "sgd=0.9,nesterov".into()), nesterov.into());
        let rmsprop = RmsProp { rho: 0.8, momentum: 0.5, ..RmsProp::default() };
        let both = |r: &mut Recipe| (r.optimizer, r.momentum) = ("rmsprop=0.8".into(), 0.5);
        assert_eq!(optimizer_of(both), rmsprop.into());
        assert_eq!(optimizer_of(|r| r.optimizer = "rmsprop=0.8,momentum=0.5".into()), rmsprop.into());
    }

    #[test]
    fn nesterov_without_momentum_is_refused() {
        let refused = |text: &str, nesterov| {
            let recipe = Recipe { optimizer: text.into(), nesterov, ..Recipe::default() };
            optimizer(&recipe, &option).unwrap_err().to_string()
        };
        for (text, nesterov) in [("sgd,nesterov", false), ("sgd", true)] {
            assert!(refused(text, nesterov).contains("give --momentum 0.9 too"));
        }
    }

    #[test]
    fn every_setting_of_the_loss_arrives() {
        let of = |text: &str, label_smoothing| {
            loss(&Recipe { loss: text.into(), label_smoothing, ..Recipe::default() }).unwrap()
        };
        let focal = CategoricalFocalCrossentropy { gamma: 3.0, alpha: 0.5 };
        let expected = Loss::from(focal).smoothed(0.1);
        assert_eq!(of("categorical_focal_crossentropy=3,alpha=0.5", 0.1), expected);
        let balanced =
            BinaryFocalCrossentropy { alpha: 0.4, apply_class_balancing: true, ..Default::default() };
        assert_eq!(of("binary_focal_crossentropy,alpha=0.4,apply_class_balancing", 0.0), balanced.into());
    }
}

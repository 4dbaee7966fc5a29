//! Settings that would do nothing beside the others of a recipe: said, and not passed over.

use std::path::PathBuf;

use serde::Serialize;
use toml::Table;

use super::learning::option;
use crate::{Error, Recipe, Result};

/// The settings that stand for stages, as those of fine-tuning do, and so say nothing where stages are listed.
const SHORT_FORM: [&str; 5] = ["epochs", "schedule", "initial_epochs", "initial_weight_decay", "fine_tune"];

/// What a stage has from the recipe where it does not say it itself.
const SHARED: [&str; 6] =
    ["learning_rate", "optimizer", "momentum", "weight_decay", "layer_decay", "patience"];

impl Recipe {
    /// Fails where one of `settings`, which were put into this recipe, does nothing there, even if it has the value of the
    /// default.
    ///
    /// # Errors
    /// One does nothing; the message says which, and what is missing.
    pub fn check_given(&self, settings: &impl Serialize) -> Result<()> {
        let given = table(settings)?;
        refuse(self, |key| given.contains_key(key))
    }
}

/// Fails for a setting that has another value than its default and does nothing.
pub(super) fn check(recipe: &Recipe) -> Result<()> {
    // Paths need not be text, and none of them is asked for.
    let none = PathBuf::new();
    let settings = Recipe { data: none.clone(), image_folder: none.clone(), out: none, ..recipe.clone() };
    let (settings, plain) = (table(&settings)?, table(&Recipe::default())?);
    refuse(recipe, |key| settings.get(key) != plain.get(key))
}

fn table(settings: &impl Serialize) -> Result<Table> {
    Table::try_from(settings).map_err(|error| Error::usage(format!("the settings cannot be read: {error}")))
}

/// Fails for the first setting that was given and does nothing in `recipe`.
fn refuse(recipe: &Recipe, is_given: impl Fn(&str) -> bool) -> Result<()> {
    let given = |key: &&&'static str| is_given(key);
    if !recipe.stage.is_empty() {
        if let Some(key) = SHORT_FORM.iter().chain(Recipe::FINE_TUNING).find(given) {
            return Err(Error::usage(format!(
                "{} does not go with [[stage]], where each stage says its own: leave one of them out",
                option(key)
            )));
        }
        if let Some(key) = SHARED.iter().filter(given).find(|key| all_stages_say(recipe, key)) {
            return Err(Error::usage(format!(
                "{} changes nothing, for every [[stage]] has {} {key} of its own: leave it out, or change those of the stages",
                option(key),
                if *key == "optimizer" { "an" } else { "a" }
            )));
        }
    } else if let Some(key) =
        Recipe::FINE_TUNING.iter().find(|key| !recipe.fine_tune.is_asked_for() && is_given(key))
    {
        return Err(Error::usage(format!(
            "{} is for a second stage, and --fine-tune is missing: leave it out, or say with --fine-tune which layers to \
             train then, as --fine-tune 20",
            option(key)
        )));
    }
    let pairs = [
        ("initial_weight_decay", "--initial-epochs", recipe.initial_epochs > 0),
        ("ema_momentum", "--use-ema", recipe.use_ema),
    ];
    match pairs.into_iter().find(|(key, _, is_used)| !is_used && is_given(key)) {
        None => Ok(()),
        Some((key, other, _)) => {
            Err(Error::usage(format!("{} is for {other}: leave it out, or give both", option(key))))
        }
    }
}

/// Whether no stage has `key` from the recipe.
fn all_stages_say(recipe: &Recipe, key: &str) -> bool {
    recipe.stage.iter().all(|stage| match key {
        "learning_rate" => stage.learning_rate.is_some(),
        "optimizer" => !stage.optimizer.is_empty(),
        "momentum" => stage.momentum.is_some(),
        "weight_decay" => stage.weight_decay.is_some(),
        "layer_decay" => stage.layer_decay.is_some(),
        "patience" => stage.patience.is_some(),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What counts is that it was given, also with the value of the default.
    #[test]
    fn what_was_given_and_does_nothing_is_named() {
        const STAGES: &str = "[[stage]]\nlayers = \"head\"\nepochs = 1\nlearning_rate = 1e-3\n\
                              [[stage]]\nlayers = 3\nepochs = 1\nlearning_rate = 1e-4\n";
        const TUNED: &str = "fine_tune = 15\nfine_tune_epochs = 10\n";
        for (file, given, expected) in [
            (
                "",
                json!({"fine_tune_epochs": 5}),
                "--fine-tune-epochs is for a second stage, and --fine-tune is missing",
            ),
            ("", json!({"fine_tune_learning_rate": 1e-5}), "--fine-tune-learning-rate is for a second stage"),
            ("", json!({"fine_tune_schedule": "cosine"}), "as --fine-tune 20"),
            (
                TUNED,
                json!({"fine_tune": 0, "fine_tune_epochs": 3}),
                "--fine-tune-epochs is for a second stage",
            ),
            ("", json!({"initial_weight_decay": 1.0}), "--initial-weight-decay is for --initial-epochs"),
            ("", json!({"ema_momentum": 0.99}), "--ema-momentum is for --use-ema"),
            (STAGES, json!({"epochs": 10}), "--epochs does not go with [[stage]]"),
            (
                STAGES,
                json!({"learning_rate": 0.01}),
                "--learning-rate changes nothing, for every [[stage]] has a ",
            ),
            (STAGES, json!({"learning_rate": 0.001}), "--learning-rate changes nothing"),
            // Of fine-tuning that is taken back, what a file says of it goes too.
            (TUNED, json!({"fine_tune": 0}), ""),
            (TUNED, json!({"fine_tune_epochs": 3}), ""),
            (STAGES, json!({"weight_decay": 0.1, "optimizer": "adamw"}), ""),
            ("", json!({"learning_rate": 0.001, "epochs": 10}), ""),
        ] {
            let recipe = Recipe::parse(file).unwrap().with(&given).unwrap();
            let found = recipe.check_given(&given).map_err(|error| error.to_string());
            match found {
                Ok(()) => {
                    assert_eq!(expected, "", "{file}{given}");
                    check(&recipe).unwrap();
                }
                Err(message) => {
                    assert!(!expected.is_empty() && message.contains(expected), "{given}: {message}");
                }
            }
        }
    }
}

//! `linnaeus tune transfer`: whether a pretrained base helps.

use std::process::ExitCode;

use serde_json::Value;
use workflow::tune::{self, FINE_TUNED, FROM_SCRATCH};
use workflow::{FineTune, Recipe};

use super::{check_out, line, recipe, write_json};
use crate::arguments::{Asked, TuneTransfer};
use crate::commands::print_json;
use crate::interrupt;
use crate::output::{self, Form};
use crate::screen::Screen;

const JSON: &str = "tune-transfer.json";

pub(crate) fn run(arguments: &TuneTransfer, form: Form) -> anyhow::Result<ExitCode> {
    let otherwise = Recipe {
        epochs: TuneTransfer::EPOCHS,
        fine_tune_learning_rate: TuneTransfer::FINE_TUNE_LEARNING_RATE,
        ..Recipe::default()
    };
    let recipe = recipe(&arguments.asked, otherwise)?;
    check_out(&recipe, JSON)?;
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    let most = arguments.asked.pictures;
    let probe = tune::transfer(&recipe, most, &mut |event| screen.draw(&event), &stop)?;
    screen.finish();
    if !recipe.out.as_os_str().is_empty() {
        write_json(&recipe.out, JSON, &probe)?;
    }
    if form == Form::Json {
        print_json(&probe)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::result(report::text::transfer(&probe, report::text::Style::default()))?;
    output::result(line::train(&arguments.asked, &changes(&probe.take, &arguments.asked, &recipe))?)?;
    Ok(ExitCode::SUCCESS)
}

/// The settings that make a training the way to take, of its usual number of epochs or a file's. What the recipe has of
/// fine-tuning is taken back by name where that way has none of it, since the line may have it from a file.
fn changes(take: &str, asked: &Asked, recipe: &Recipe) -> Vec<(&'static str, Value)> {
    // Those of the probe are few.
    let mut changes = vec![("epochs", Value::Null)];
    if take == FINE_TUNED {
        let layers = match recipe.fine_tune.is_asked_for() {
            true => recipe.fine_tune.clone(),
            false => FineTune::All,
        };
        changes.push(("fine_tune", layers.to_string().into()));
        changes.push(("fine_tune_learning_rate", recipe.fine_tune_learning_rate.to_string().into()));
        return changes;
    }
    if take == FROM_SCRATCH {
        changes.push(("weights", "none".into()));
    }
    changes.extend(Recipe::FINE_TUNING.iter().map(|setting| (*setting, Value::Null)));
    if recipe.fine_tune.is_asked_for() || asked.recipe.is_some() && *recipe != recipe.without_fine_tuning() {
        changes.push(("fine_tune", "head".into()));
    }
    if recipe.layer_decay != 1.0 {
        changes.push(("layer_decay", 1.0.into()));
    }
    changes
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use workflow::tune::FROZEN;

    use super::*;
    use crate::arguments::{Arguments, Command, TuneAction};
    use crate::commands::train;

    /// The recipe of the line that is printed for `take`, as `train` reads it.
    fn of_line(options: &str, take: &str) -> Recipe {
        let words = format!("linnaeus tune transfer photos {options}");
        let Ok(Arguments { command: Command::Tune(tune), .. }) =
            Arguments::try_parse_from(words.split_whitespace())
        else {
            panic!("{words}")
        };
        let TuneAction::Transfer(arguments) = tune.action else { panic!("{words}") };
        let asked = &arguments.asked;
        let recipe = recipe(asked, Recipe::default()).unwrap();
        let line = line::train(asked, &changes(take, asked, &recipe)).unwrap();
        let Command::Train(arguments) = Arguments::try_parse_from(line.split(' ')).unwrap().command else {
            panic!("{line}")
        };
        let given = (arguments.data.as_deref(), arguments.recipe.as_deref());
        let read = train::recipe(given, &arguments.settings, Recipe::default()).unwrap();
        let checked = read.check_given(&arguments.settings).and_then(|()| read.clone().check());
        checked.unwrap_or_else(|error| panic!("{line}: {error}"));
        read
    }

    #[test]
    fn train_takes_the_line_of_each_way() {
        const FILE: &str = concat!("--recipe ", env!("CARGO_MANIFEST_DIR"), "/../../recipes/capstone.toml");
        let in_file = format!("{FILE} --layer-decay 0.7");
        let settings = "--base mobilenet_v2 --fine-tune-learning-rate 1e-4 --fine-tune-epochs 3";
        for options in [
            "--base mobilenet_v2 --epochs 2",
            "--base mobilenet_v2 --fine-tune all --layer-decay 0.7",
            settings,
            &in_file,
        ] {
            for take in [FROZEN, FROM_SCRATCH] {
                let recipe = of_line(options, take);
                assert!(!recipe.fine_tune.is_asked_for() && recipe.layer_decay == 1.0, "{options}, {take}");
                assert_ne!(recipe.epochs, 2, "{options}, {take}: those of the probe");
                assert_eq!(recipe.weights == "none", take == FROM_SCRATCH, "{options}, {take}");
            }
            let Recipe { fine_tune: layers, epochs, .. } = of_line(options, FINE_TUNED);
            assert_ne!(epochs, 2, "{options}: those of the probe");
            let expected = if options == in_file { FineTune::Last(15) } else { FineTune::All };
            assert_eq!(layers, expected, "{options}");
        }
    }
}

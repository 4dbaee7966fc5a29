//! `linnaeus tune transfer`: whether a pretrained base helps.

use std::process::ExitCode;

use serde_json::Value;
use workflow::{Recipe, tune};

use super::{check_out, line, recipe, write_json};
use crate::arguments::TuneTransfer;
use crate::commands::print_json;
use crate::screen::Screen;
use crate::{interrupt, output};

const JSON: &str = "tune-transfer.json";

/// A tenth of the default of the head: what train has, a few epochs would show nothing of.
const FINE_TUNE_RATE: f64 = 1e-4;
const EPOCHS: usize = 6;

pub(crate) fn run(arguments: &TuneTransfer, json: bool) -> anyhow::Result<ExitCode> {
    let otherwise = Recipe { epochs: EPOCHS, fine_tune_learning_rate: FINE_TUNE_RATE, ..Recipe::default() };
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
    if json {
        print_json(&probe)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::result(report::text::transfer(&probe, report::text::Style::default()))?;
    output::result(line::train(&arguments.asked, &changes(&probe.take, &recipe))?)?;
    Ok(ExitCode::SUCCESS)
}

/// The settings that make a training the way to take.
fn changes(take: &str, recipe: &Recipe) -> Vec<(&'static str, Value)> {
    // What the base has of layers nobody counts: more than it has are all.
    const ALL: &str = "1000";
    let fine_tune = match recipe.fine_tune.is_asked_for() {
        true => recipe.fine_tune.to_string(),
        false => ALL.into(),
    };
    match take {
        "from scratch" => vec![("weights", "none".into()), ("fine_tune", Value::Null)],
        "fine-tuned" => vec![
            ("fine_tune", fine_tune.into()),
            ("fine_tune_learning_rate", recipe.fine_tune_learning_rate.to_string().into()),
        ],
        _ => vec![("fine_tune", Value::Null)],
    }
}

//! `linnaeus train`: a recipe from the command line and a file, and the job.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use workflow::{Error, ErrorKind, Finished, Observer, Recipe};

use crate::arguments::{Train, TrainSettings};
use crate::commands::print_json;
use crate::interrupt;
use crate::output;
use crate::quoted::quoted;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Train, json: bool) -> anyhow::Result<ExitCode> {
    if let Some(run) = &arguments.resume {
        refuse_settings(arguments)?;
        return watched(json, |observer, stop| {
            workflow::resume(run, arguments.data.as_deref(), observer, stop)
        });
    }
    let Train { data, recipe: file, settings, .. } = arguments;
    let recipe = recipe((data.as_deref(), file.as_deref()), settings, Recipe::default())?;
    recipe.check_given(settings)?;
    train(recipe, json)
}

/// What was asked for: `settings` before those of `file`; without a file, before those of `otherwise`.
pub(crate) fn recipe(
    (data, file): (Option<&Path>, Option<&Path>),
    settings: &TrainSettings,
    otherwise: Recipe,
) -> anyhow::Result<Recipe> {
    let recipe = match file {
        Some(file) => Recipe::read(file)?,
        None => otherwise,
    };
    let mut recipe = recipe.with(settings)?;
    if let Some(data) = data {
        recipe.data = data.to_path_buf();
    }
    if recipe.data.as_os_str().is_empty() {
        let message = "there is no data: give a folder of class folders, as in `linnaeus train photos`";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    Ok(recipe)
}

/// Runs the job and says what came of it.
pub(crate) fn train(recipe: Recipe, json: bool) -> anyhow::Result<ExitCode> {
    let plan = recipe.check()?;
    watched(json, |observer, stop| workflow::run(&plan, observer, stop))
}

/// A run that is left goes on as it was begun.
fn refuse_settings(arguments: &Train) -> Result<(), Error> {
    let given = serde_json::to_value(&arguments.settings).unwrap_or_default();
    let first = given.as_object().and_then(|given| given.keys().next()).map(|key| key.replace('_', "-"));
    match first {
        None => Ok(()),
        Some(option) => Err(Error::new(
            ErrorKind::Usage,
            format!("--{option} does not go with --resume: a run goes on with its own recipe"),
        )),
    }
}

/// Carries out `job` before the eyes of the user, and says what came of it.
fn watched(
    json: bool,
    job: impl FnOnce(&mut Observer, &AtomicBool) -> workflow::Result<Finished>,
) -> anyhow::Result<ExitCode> {
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    let finished = job(&mut |event| screen.draw(&event), &stop)?;
    screen.finish();
    match json {
        true => print_json(&finished.outcome)?,
        false => say(&finished)?,
    }
    Ok(ExitCode::from(u8::from(finished.interrupted)))
}

fn say(finished: &Finished) -> anyhow::Result<()> {
    output::result(report::text::outcome(&finished.outcome, report::text::Style::default()))?;
    if finished.interrupted {
        output::result(format_args!("training was stopped; the best so far is kept"))?;
    }
    output::result(format_args!("model   {}", finished.model.display()))?;
    output::result(format_args!("report  {}", finished.report.display()))?;
    if finished.interrupted {
        let run = quoted(&finished.folder.display().to_string());
        output::result(format_args!("go on   linnaeus train --resume {run}"))?;
    }
    Ok(())
}

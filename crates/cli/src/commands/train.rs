//! `linnaeus train`: a recipe from the command line and a file, and the job.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use workflow::{CrossValidated, Error, ErrorKind, Finished, Observer, Recipe};

use crate::arguments::{Train, TrainSettings};
use crate::commands::print_json;
use crate::interrupt;
use crate::output::{self, Form};
use crate::quoted::quoted;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Train, form: Form) -> anyhow::Result<ExitCode> {
    if let Some(run) = &arguments.resume {
        refuse_settings(arguments)?;
        let data = arguments.data.as_deref();
        return match workflow::is_cross_validation(run) {
            true => cross_validated(form, |observer, stop| {
                workflow::resume_cross_validation(run, data, observer, stop)
            }),
            false => watched(form, |observer, stop| workflow::resume(run, data, observer, stop)),
        };
    }
    let Train { data, recipe: file, settings, .. } = arguments;
    let recipe = recipe((data.as_deref(), file.as_deref()), settings, Recipe::default())?;
    recipe.check_given(settings)?;
    train(recipe, form)
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
pub(crate) fn train(recipe: Recipe, form: Form) -> anyhow::Result<ExitCode> {
    if recipe.is_cross_validation() {
        return cross_validated(form, |observer, stop| workflow::cross_validate(&recipe, observer, stop));
    }
    let plan = recipe.check()?;
    watched(form, |observer, stop| workflow::run(&plan, observer, stop))
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

/// Carries out `job` before the eyes of the user.
fn on_screen<T>(job: impl FnOnce(&mut Observer, &AtomicBool) -> workflow::Result<T>) -> anyhow::Result<T> {
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    let found = job(&mut |event| screen.draw(&event), &stop)?;
    screen.finish();
    Ok(found)
}

/// Carries out one run, and says what came of it.
fn watched(
    form: Form,
    job: impl FnOnce(&mut Observer, &AtomicBool) -> workflow::Result<Finished>,
) -> anyhow::Result<ExitCode> {
    let finished = on_screen(job)?;
    match form {
        Form::Json => print_json(&finished.outcome)?,
        Form::Text => say(&finished)?,
    }
    Ok(ExitCode::from(u8::from(finished.interrupted)))
}

/// The same, where it is a cross-validation.
fn cross_validated(
    form: Form,
    job: impl FnOnce(&mut Observer, &AtomicBool) -> workflow::Result<CrossValidated>,
) -> anyhow::Result<ExitCode> {
    let CrossValidated { folder, report: page, result, found } = on_screen(job)?;
    match form {
        Form::Json => print_json(&found)?,
        Form::Text => {
            output::result(report::text::cross_validation(&found, report::text::Style::default()))?;
            output::result(format_args!("runs    {}", folder.join("fold-*").display()))?;
            output::result(format_args!("report  {}", page.display()))?;
            output::result(format_args!("figures {}", result.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
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

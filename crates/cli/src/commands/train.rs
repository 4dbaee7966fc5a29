//! `linnaeus train`: a recipe from the command line and a file, and the job.

use std::process::ExitCode;

use workflow::{Error, ErrorKind, Finished, Recipe};

use crate::arguments::Train;
use crate::commands::print_json;
use crate::interrupt;
use crate::output;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Train, json: bool) -> anyhow::Result<ExitCode> {
    let recipe = match &arguments.recipe {
        Some(file) => Recipe::read(file)?,
        None => Recipe::default(),
    };
    let mut recipe = recipe.with(&arguments.settings)?;
    if let Some(data) = &arguments.data {
        recipe.data.clone_from(data);
    }
    if recipe.data.as_os_str().is_empty() {
        let message = "there is no data: give a folder of class folders, as in `linnaeus train photos`";
        return Err(Error::new(ErrorKind::Usage, message).into());
    }
    train(recipe, json)
}

/// Runs the job and says what came of it.
pub(crate) fn train(recipe: Recipe, json: bool) -> anyhow::Result<ExitCode> {
    let plan = recipe.check()?;
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    let finished = workflow::run(&plan, &mut |event| screen.draw(&event), &stop)?;
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
    output::result(format_args!("report  {}", finished.report.display()))
}

//! `linnaeus tune`: what can be found out before training.

mod line;
mod rate;
mod transfer;

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use workflow::{Error, ErrorKind, Recipe};

use crate::arguments::{Asked, Tune, TuneAction};
use crate::commands::train;
use crate::output::Form;

pub(crate) fn run(arguments: &Tune, form: Form) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        TuneAction::Lr(arguments) => rate::run(arguments, form),
        TuneAction::Transfer(arguments) => transfer::run(arguments, form),
    }
}

/// What would be trained, with the settings of `otherwise` where there is no recipe.
fn recipe(asked: &Asked, otherwise: Recipe) -> anyhow::Result<Recipe> {
    let Asked { data, recipe, settings, .. } = asked;
    train::recipe((data.as_deref(), recipe.as_deref()), settings, otherwise)
}

/// The folder of `--out`, if it is given: it must be a place for one and not hold `name` yet. Nothing else is written.
fn check_out(recipe: &Recipe, name: &str) -> Result<(), Error> {
    if recipe.out.as_os_str().is_empty() {
        return Ok(());
    }
    workflow::check_out_folder(&recipe.out, &recipe.data)?;
    match recipe.out.join(name) {
        path if path.exists() => Err(Error::new(
            ErrorKind::Usage,
            format!("{} is there already: choose another folder with --out", path.display()),
        )),
        _ => Ok(()),
    }
}

fn write_json(folder: &Path, name: &str, found: &impl Serialize) -> anyhow::Result<()> {
    files::create_folder(folder)?;
    Ok(files::write(&folder.join(name), serde_json::to_string_pretty(found)? + "\n")?)
}

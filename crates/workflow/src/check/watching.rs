//! What watches a training besides the monitor: a plateau, objectives, checkpoints. Names are checked here, before any
//! picture is read.

use std::path::{Component, Path};

use train::callbacks::{Callback, Keep, ModelCheckpoint, Monitor, ReduceLrOnPlateau, StopWhen};

use super::spelling;
use crate::{Error, Recipe, Result};

/// Which epochs are saved, and how their files are called.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) file: String,
    pub(crate) keep: Keep,
}

/// Whether every figure that `callback` needs can be had.
fn check(callback: &dyn Callback, option: &str, figures: &[String]) -> Result<()> {
    let names: Vec<&str> = figures.iter().map(String::as_str).collect();
    callback.check(&names).map_err(|error| of_option(option, &error))
}

fn of_option(option: &str, error: &train::Error) -> Error {
    Error::usage(format!("{option}: {error}"))
}

/// `None` for a rate that only its schedule changes.
pub(super) fn plateau(
    recipe: &Recipe,
    monitor: &Monitor,
    figures: &[String],
) -> Result<Option<ReduceLrOnPlateau>> {
    const OPTION: &str = "--reduce-lr-on-plateau";
    if recipe.reduce_lr_on_plateau.is_empty() {
        return Ok(None);
    }
    let text = &recipe.reduce_lr_on_plateau;
    let settings = spelling::plateau(text).map_err(|why| Error::usage(format!("{OPTION} {text}: {why}")))?;
    let plateau = ReduceLrOnPlateau::parse(settings.as_ref().unwrap_or(text), monitor);
    let plateau = plateau.map_err(|error| of_option(OPTION, &error))?;
    check(&plateau, OPTION, figures)?;
    Ok(Some(plateau))
}

/// What ends the training before its time.
pub(super) fn stop_when(recipe: &Recipe, figures: &[String]) -> Result<Vec<StopWhen>> {
    const OPTION: &str = "--stop-when";
    let read = |text: &String| {
        let stop: StopWhen = text.parse().map_err(|error| of_option(OPTION, &error))?;
        check(&stop, OPTION, figures)?;
        Ok(stop)
    };
    recipe.stop_when.iter().map(read).collect()
}

/// `None` where the best model alone is saved.
pub(super) fn checkpoint(recipe: &Recipe, figures: &[String]) -> Result<Option<Checkpoint>> {
    const OPTION: &str = "--checkpoint";
    let Recipe { checkpoint, checkpoint_every, checkpoint_best_only, .. } = recipe;
    if checkpoint.is_empty() {
        return match *checkpoint_every != 1 || *checkpoint_best_only {
            false => Ok(None),
            true => Err(Error::usage(
                "--checkpoint-every and --checkpoint-best-only say when checkpoints are saved: give --checkpoint a file \
                 name too, as {epoch:02d}.keras",
            )),
        };
    }
    let is_name =
        matches!(Path::new(checkpoint).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
    if !is_name || !checkpoint.ends_with(".keras") {
        let expected = "a file name that ends in .keras, as {epoch:02d}-{val_loss:.2f}.keras; the folder is the run's own";
        return Err(Error::setting(OPTION, expected, checkpoint));
    }
    let keep = match (checkpoint_every, checkpoint_best_only) {
        (1, true) => Keep::BestOnly,
        (_, true) => {
            return Err(Error::usage("--checkpoint-every and --checkpoint-best-only: give one of them"));
        }
        (every, false) => Keep::EveryNth(*every),
    };
    let store = |_: &Path, _: &graph::Graph, _: &graph::Weights| Ok(());
    let monitor = Monitor::new(&recipe.monitor);
    let callback = ModelCheckpoint::new(checkpoint, monitor, keep, Box::new(store));
    check(&callback.map_err(|error| of_option(OPTION, &error))?, OPTION, figures)?;
    Ok(Some(Checkpoint { file: checkpoint.clone(), keep }))
}

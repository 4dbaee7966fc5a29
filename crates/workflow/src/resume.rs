//! Going on with a run that was left before its end, also where its pictures have moved since.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use train::KeptFeatures;

use crate::begun::Begun;
use crate::changed_recipe;
use crate::kept_state::KeptState;
use crate::run::{goes_on, run_in};
use crate::run_folder::RunFolder;
use crate::{Error, Event, Finished, Observer, Plan, Recipe, Result};

/// What was left of a run that goes on.
pub(crate) struct Left {
    /// `None` where the run was left before, while starts were tried.
    pub(crate) kept: Option<KeptState>,
    pub(crate) begun: Begun,
}

/// Goes on with the run in `folder`, which was killed or stopped before its end, by its own recipe: from the last state that
/// was kept, to the same bits as if it had not been left. `data` is where its pictures lie now, if they were moved. Where
/// they are other ones, it goes on with them from the beginning of the epoch: each that it knows stays in its part, new ones
/// are learned from. Of its recipe may be changed what the steps so far do not depend on.
///
/// # Errors
/// As [`crate::run`]; there is no such run, it was finished, another process goes on with it, or its state is damaged; `data`
/// has none of its pictures; its recipe was changed, or its parts.
pub fn resume(
    folder: &Path,
    data: Option<&Path>,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Finished> {
    let place = RunFolder::left(folder)?;
    let recipe = recipe_of(&place, data)?;
    let ended = go_on(&place, recipe, &mut KeptFeatures::default(), observer, stop);
    ended.map_err(|error| error.if_stopped(goes_on(&place)))
}

/// The recipe of the run that was left in `place`, with its pictures where they lie now.
pub(crate) fn recipe_of(place: &RunFolder, data: Option<&Path>) -> Result<Recipe> {
    let mut recipe = Recipe::read(&place.recipe())?;
    if !recipe.is_cross_validation() && place.of_fold(1).recipe().exists() {
        return Err(Error::usage(format!(
            "{}: fold is {:?}, and the folder is of a cross-validation: put back what it was, as all/5",
            place.recipe().display(),
            recipe.fold
        )));
    }
    if let Some(data) = data {
        recipe.data = data.to_path_buf();
    }
    if data.is_some() && !recipe.data.exists() {
        return Err(Error::usage(format!("{}: there is no such file or folder", recipe.data.display())));
    }
    if !recipe.data.exists() {
        return Err(Error::usage(format!(
            "--resume {0}: its pictures, {1}, are not there: give where they are now, as in `linnaeus train DATA --resume \
             {0}`",
            place.path().display(),
            recipe.data.display()
        )));
    }
    Ok(recipe)
}

/// Goes on by `recipe` with the run that was left in `place`. `features` are of a frozen base, for other runs too.
pub(crate) fn go_on(
    place: &RunFolder,
    recipe: Recipe,
    features: &mut KeptFeatures,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Finished> {
    let plan = Recipe { out: place.path().to_path_buf(), ..recipe }.check()?;
    let left = left(place, &plan, observer)?;
    run_in((place, &plan), left, features, observer, stop)
}

/// What is left of the run in `place`; `None` where it has learned nothing.
fn left(place: &RunFolder, plan: &Plan, observer: &mut Observer) -> Result<Option<Left>> {
    let kept = KeptState::read(&place.state())?;
    let begun = if place.has_state() || place.begun().exists() { Some(Begun::read(place)?) } else { None };
    // Also where it goes on alone: with another recipe its result would fit to no other fold's.
    if let Some(begun) = begun.as_ref().filter(|begun| begun.is_fold) {
        changed_recipe::check_same((&begun.recipe()?, &plan.recipe), &place.recipe())?;
    }
    let Some(begun) = begun.filter(|begun| begun.is_fold || place.has_state()) else {
        observer(Event::Notice("no state was kept before the run was left, so it begins anew"));
        // Nothing that was learned goes by them.
        [place.begun(), place.split()].iter().try_for_each(|path| files::remove(path))?;
        return Ok(None);
    };
    if !place.has_state() {
        return Ok(Some(Left { kept, begun }));
    }
    let changes = changed_recipe::changes(&begun.recipe()?, plan, kept.as_ref(), place.path())?;
    changes.iter().for_each(|changes| observer(Event::Notice(changes)));
    if kept.is_none() {
        observer(Event::Notice("the run was left while starts were tried: those that were tried count"));
    }
    Ok(Some(Left { kept, begun }))
}

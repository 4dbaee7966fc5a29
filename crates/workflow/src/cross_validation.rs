//! A cross-validation, `--fold all/5`: the set is shared out once, and each fold is held out by a run of its own.
//!
//! The runs lie below one folder, whose recipe says that all folds are meant. Each has its parts and its recipe before the
//! first begins, so that whatever is killed goes on with the same folds, also where pictures were added since.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use report::{CrossValidation, Outcome};
use train::KeptFeatures;

use crate::begun::Begun;
use crate::changed_recipe;
use crate::folds::Folds;
use crate::recall_hint::recall_hint;
use crate::resume::{go_on, recipe_of};
use crate::run::{after_stop, goes_on};
use crate::run_folder::RunFolder;
use crate::{Error, ErrorKind, Event, Observer, Recipe, Result};

/// What says, before a slash and their number, that each fold is meant.
const ALL: &str = "all";

/// What a cross-validation left behind.
#[derive(Debug)]
pub struct CrossValidated {
    /// Its folder, in which the runs' folders are: `fold-1`, `fold-2` and so on.
    pub folder: PathBuf,
    /// The page to look at, which leads to those of the folds.
    pub report: PathBuf,
    /// Everything that was found, `cross_validation.json`.
    pub result: PathBuf,
    /// The same.
    pub found: CrossValidation,
}

impl Recipe {
    /// Whether each fold is to be held out in its turn, which [`cross_validate`] does, and [`run`](crate::run) does not.
    pub fn is_cross_validation(&self) -> bool {
        self.fold.split('/').next().is_some_and(|which| which.trim() == ALL)
    }

    /// How many folds there are, 2 or more.
    pub(crate) fn folds(&self) -> Result<usize> {
        let of = self.fold.split_once('/').and_then(|(_, of)| of.trim().parse().ok());
        of.filter(|of| *of >= 2).ok_or_else(|| {
            Error::setting("--fold", "all/ and how many folds there are, 2 or more, as all/5", &self.fold)
        })
    }

    /// The same, but for the fold that it holds out.
    pub(crate) fn of_fold(&self, number: usize, of: usize) -> Self {
        Self { fold: format!("{number}/{of}"), ..self.clone() }
    }
}

/// Whether the run in `folder` is a cross-validation.
pub fn is_cross_validation(folder: &Path) -> bool {
    Recipe::read(&RunFolder::at(folder).recipe()).is_ok_and(|recipe| recipe.is_cross_validation())
}

/// Trains what `recipe` asks for once for each fold, and puts together what the held-out pictures say. `stop`, once set, ends
/// the run that is under way.
///
/// # Errors
/// As [`crate::run`]; there are more folds than pictures; it was stopped.
pub fn cross_validate(recipe: &Recipe, observer: &mut Observer, stop: &AtomicBool) -> Result<CrossValidated> {
    // Whatever is wrong with the recipe is said before anything is written.
    let first = recipe.of_fold(1, recipe.folds()?).check()?;
    let recipe = Recipe { fold: recipe.fold.clone(), ..first.recipe.clone() };
    let folder = RunFolder::create(&recipe)?;
    if let Some(hint) = recall_hint(&first) {
        observer(Event::Notice(&hint));
    }
    let ended = prepare(&folder, &recipe, observer).and_then(|()| each(&folder, &recipe, observer, stop));
    ended.map_err(|error| {
        let advice = after_stop(&folder);
        folder.discard_folds_if_not_begun();
        error.if_stopped(advice)
    })
}

/// Goes on with the cross-validation in `folder`: finished folds stay, the one that was left goes on, the others follow.
/// `data` is where its pictures lie now, if they were moved.
///
/// # Errors
/// As [`cross_validate`], and [`crate::resume`]; the recipe was changed: folds of other settings do not go together.
pub fn resume_cross_validation(
    folder: &Path,
    data: Option<&Path>,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<CrossValidated> {
    let folder = RunFolder::left(folder)?;
    let recipe = recipe_of(&folder, data)?;
    let all = recipe.folds()?;
    for number in 1..=all {
        let begun = begun_by(&folder.of_fold(number))?;
        changed_recipe::check_same((&begun, &recipe.of_fold(number, all)), &folder.recipe())?;
    }
    folder.write_recipe(&recipe)?;
    each(&folder, &recipe, observer, stop).map_err(|error| error.if_stopped(goes_on(&folder)))
}

/// Gives each fold its folder with its parts and its recipe. That of all is written last: with it there is something to go on
/// with.
fn prepare(folder: &RunFolder, recipe: &Recipe, observer: &mut Observer) -> Result<()> {
    let folds = Folds::read(recipe)?;
    folds.notes().iter().for_each(|note| observer(Event::Notice(note)));
    let all = recipe.folds()?;
    for number in 1..=all {
        let (recipe, fold) = (recipe.of_fold(number, all), folder.of_fold(number));
        let (parts, notes) = folds.parts(number)?;
        let mut begun = Begun::by(&recipe)?;
        (begun.notes, begun.is_fold) = (notes, true);
        begun.write(&parts, &fold)?;
        fold.write_recipe(&recipe)?;
    }
    folder.write_recipe(recipe)
}

/// The runs that are not finished, and what all of them say.
fn each(
    folder: &RunFolder,
    recipe: &Recipe,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<CrossValidated> {
    let mut runs = Vec::new();
    // What one fold holds out, the others learn from.
    let mut features = KeptFeatures::default();
    for number in 1..=recipe.folds()? {
        let outcome = fold((folder, recipe), number, &mut features, observer, stop)?;
        runs.push((folder.of_fold(number).path().to_path_buf(), outcome));
    }
    let found = CrossValidation::of(&runs)?;
    let (report, result) = (folder.report(), folder.cross_validation());
    report::html::write_cross_validation(&found, &runs, &report)?;
    let text = serde_json::to_string_pretty(&found)
        .map_err(|error| Error::new(ErrorKind::File, format!("the result cannot be written: {error}")))?;
    files::write(&result, text + "\n")?;
    Ok(CrossValidated { folder: folder.path().to_path_buf(), report, result, found })
}

/// The run that holds out fold `number`, if it is not finished yet, and what it found.
fn fold(
    (folder, recipe): (&RunFolder, &Recipe),
    number: usize,
    features: &mut KeptFeatures,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Outcome> {
    let (fold, all) = (folder.of_fold(number), recipe.folds()?);
    if let Some(outcome) = fold.finished()? {
        // Where it was killed just then, that is still to do.
        fold.forget()?;
        return Ok(outcome);
    }
    observer(Event::Fold { number, folds: all });
    let fold = folder.left_fold(number)?;
    let ended = go_on(&fold, recipe.of_fold(number, all), features, observer, stop);
    let is_left = stop.load(Ordering::Relaxed) && (number > 1 || fold.has_state());
    match ended {
        Err(_) if is_left => Err(stopped(number, all)),
        Ok(finished) if finished.interrupted => Err(stopped(number, all)),
        ended => Ok(ended?.outcome),
    }
}

fn stopped(number: usize, all: usize) -> Error {
    Error::new(ErrorKind::Stopped, format!("stopped in fold {number} of {all}"))
}

/// The recipe that a fold was begun by, or is to begin by.
fn begun_by(fold: &RunFolder) -> Result<Recipe> {
    match fold.finished()? {
        None => Begun::read(fold)?.recipe(),
        Some(outcome) => serde_json::from_value(outcome.recipe).map_err(|error| {
            Error::new(ErrorKind::File, format!("{}: recipe: {error}", fold.result().display()))
        }),
    }
}

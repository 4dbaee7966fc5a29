//! Where a run writes, the folder that was asked for, else `runs/<data>-<number>`: what lies in it.

mod taking;

use std::path::{Path, PathBuf};

use report::Outcome;

use crate::cross_validation::is_cross_validation;
use crate::{Error, ErrorKind, Recipe, Result, starts};
pub(crate) use taking::next;

const BEST: &str = "best.keras";
/// Before a fold's number.
const FOLD: &str = "fold-";

/// The model file that `path` means: itself, or the best model where it is a run's folder.
pub fn model_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(BEST) } else { path.to_path_buf() }
}

/// What to give in place of `path` for its model, where it is the folder of a cross-validation.
pub fn instead_of_cross_validation(path: &Path) -> Option<String> {
    is_cross_validation(path).then(|| {
        format!(
            "this is a cross-validation; give one of its runs, as {}",
            path.join(format!("{FOLD}1")).display()
        )
    })
}

/// The folder of a run.
pub(crate) struct RunFolder {
    path: PathBuf,
    /// Of one that a run is begun or gone on with in, and of the cross-validation that it is a fold of: no other process does
    /// until these are dropped.
    locks: Vec<files::Lock>,
}

impl RunFolder {
    /// One to look into.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { path: folder.to_path_buf(), locks: Vec::new() }
    }

    /// The result of a run that is over; `None` where it is not, or was stopped before its end.
    ///
    /// # Errors
    /// `result.json` cannot be read.
    pub(crate) fn finished(&self) -> Result<Option<Outcome>> {
        let path = self.result();
        let damaged = |why: &dyn std::fmt::Display| {
            let what = "whether the run was finished is not known: put the file back, or take it away to go on from the last \
                        state that was kept, if there is one";
            Error::new(ErrorKind::File, format!("{}: {why}; {what}", path.display()))
        };
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| damaged(&error))?,
        };
        let outcome = Outcome::from_json(&text).map_err(|error| damaged(&error))?;
        Ok(Some(outcome).filter(|outcome| !outcome.interrupted))
    }

    /// Removes what a run goes on from.
    pub(crate) fn forget(&self) -> Result<()> {
        for path in [self.state(), self.seconds(), self.standardization(), self.starts_record(), self.begun()]
        {
            files::remove(&path)?;
        }
        starts::clear(self)
    }

    /// Removes what was written when the run was stopped, since it is of an earlier model than the run will have.
    pub(crate) fn remove_result(&self) -> Result<()> {
        Ok([self.result(), self.report()].iter().try_for_each(|path| files::remove(path))?)
    }

    /// What the run was begun with.
    pub(crate) fn begun(&self) -> PathBuf {
        self.checkpoints().join("begun.json")
    }

    /// Whether something was learned, or is being tried, that a run goes on from.
    pub(crate) fn has_state(&self) -> bool {
        [self.state(), self.starts(), self.starts_record()].iter().any(|path| path.exists())
    }

    /// What a run needs to go on after it was killed.
    pub(crate) fn state(&self) -> PathBuf {
        self.checkpoints().join("state.safetensors")
    }

    /// What the run took so far.
    pub(crate) fn seconds(&self) -> PathBuf {
        self.checkpoints().join("seconds.json")
    }

    /// Where models of single epochs are saved.
    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The models of single epochs that were saved so far.
    pub(crate) fn saved(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.checkpoints()).into_iter().flatten().flatten();
        let is_model = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "keras");
        entries.map(|entry| entry.path()).filter(is_model).collect()
    }

    /// What the pictures' channels measured, for a run that goes on.
    pub(crate) fn standardization(&self) -> PathBuf {
        self.checkpoints().join("standardization.json")
    }

    /// Where starts are tried, each in a folder of its own.
    pub(crate) fn starts(&self) -> PathBuf {
        self.checkpoints().join("starts")
    }

    /// The folder of the start with this seed.
    pub(crate) fn of_start(&self, seed: u64) -> Self {
        Self::at(&self.starts().join(format!("seed-{seed}")))
    }

    /// What the starts have reached.
    pub(crate) fn starts_record(&self) -> PathBuf {
        self.checkpoints().join("starts.json")
    }

    /// Of a cross-validation, the run that holds out one fold, counted from 1.
    pub(crate) fn of_fold(&self, number: usize) -> Self {
        Self::at(&self.path.join(format!("{FOLD}{number}")))
    }

    /// What the folds of a cross-validation say together.
    pub(crate) fn cross_validation(&self) -> PathBuf {
        self.path.join("cross_validation.json")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn best(&self) -> PathBuf {
        self.path.join(BEST)
    }

    fn folds(&self) -> impl Iterator<Item = Self> {
        (1..).map(|number| self.of_fold(number)).take_while(|fold| fold.path.exists())
    }

    /// Whether anything was learned that is kept, also by one of its folds.
    pub(crate) fn has_learned(&self) -> bool {
        self.history().exists() || self.has_state() || self.folds().any(|fold| fold.has_learned())
    }

    /// Which picture is in which part.
    pub(crate) fn split(&self) -> PathBuf {
        self.path.join("split.csv")
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.path.join("history.csv")
    }

    pub(crate) fn recipe(&self) -> PathBuf {
        self.path.join("recipe.toml")
    }

    /// Writes the recipe down, without this folder, so that it can be run again.
    pub(crate) fn write_recipe(&self, recipe: &Recipe) -> Result<()> {
        let recipe = Recipe { out: PathBuf::new(), ..recipe.clone() };
        Ok(files::write(&self.recipe(), recipe.to_toml()?)?)
    }

    pub(crate) fn result(&self) -> PathBuf {
        self.path.join("result.json")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    pub(crate) fn tensorboard(&self) -> PathBuf {
        self.path.join("tensorboard")
    }
}

//! Where a run writes: the folder that was asked for, else `runs/<data>-<number>`.

use std::path::{Path, PathBuf};

use report::Outcome;

use crate::cross_validation::is_cross_validation;
use crate::output_place::check_out_folder;
use crate::{Error, ErrorKind, Recipe, Result, starts};

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

/// The folder of a run, created and empty of results.
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    /// # Errors
    /// It cannot be created, holds the result of another run, or is no place for one.
    pub(crate) fn create(recipe: &Recipe) -> Result<Self> {
        let folder = match recipe.out.as_os_str().is_empty() {
            false => recipe.out.clone(),
            true => next(Path::new("runs"), &recipe.data),
        };
        check_out_folder(&folder, &recipe.data)?;
        let folder = Self(folder);
        if folder.result().exists() && matches!(folder.finished(), Ok(None)) {
            return Err(Error::usage(format!(
                "{0} holds a run that was stopped: choose another folder with --out, or go on with it, linnaeus train \
                 --resume {0}",
                folder.0.display()
            )));
        }
        let results = [folder.result(), folder.best(), folder.cross_validation()];
        if let Some(held) = results.iter().find(|path| path.exists()) {
            return Err(Error::usage(format!(
                "{} is there already: choose another folder with --out, so that no run is lost",
                held.display()
            )));
        }
        if let Some(held) = [folder.recipe(), folder.split()].iter().find(|path| path.exists()) {
            return Err(Error::usage(format!(
                "{} is there already: choose another folder with --out, or go on with the run that was left there, \
                 linnaeus train --resume {}",
                held.display(),
                folder.0.display()
            )));
        }
        files::create_folder(&folder.0)?;
        Ok(folder)
    }

    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_path_buf())
    }

    /// The folder of a run that was left before its end.
    ///
    /// # Errors
    /// There is no such run, or it was finished.
    pub(crate) fn left(folder: &Path) -> Result<Self> {
        let folder = Self::at(folder);
        if !folder.recipe().is_file() {
            return Err(Error::usage(format!(
                "--resume {}: there is no recipe.toml, so it is no run that was begun",
                folder.0.display()
            )));
        }
        if folder.cross_validation().exists() {
            return Err(Error::usage(format!(
                "--resume {}: this cross-validation was finished; what it found is in {}",
                folder.0.display(),
                folder.cross_validation().display()
            )));
        }
        if folder.finished()?.is_some() {
            // Where it was killed just then, that is still to do.
            folder.forget()?;
            return Err(Error::usage(format!(
                "--resume {}: this run was finished; to train its model on, give --base {0} and a new --out",
                folder.0.display()
            )));
        }
        files::remove_unfinished(&folder.0)?;
        files::remove_unfinished(&folder.checkpoints())?;
        Ok(folder)
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
        for path in [self.state(), self.standardization(), self.starts_record(), self.begun()] {
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

    /// Where models of single epochs are saved.
    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoints")
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
        Self(self.starts().join(format!("seed-{seed}")))
    }

    /// What the starts have reached.
    pub(crate) fn starts_record(&self) -> PathBuf {
        self.checkpoints().join("starts.json")
    }

    /// Takes away what was prepared for folds of a cross-validation that never began.
    ///
    /// # Errors
    /// One of them holds a run.
    pub(crate) fn clear_folds(&self) -> Result<()> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let is_fold = |entry: &std::fs::DirEntry| {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(FOLD));
            number.is_some_and(|number| number.parse::<usize>().is_ok())
        };
        for fold in entries.filter(is_fold).map(|entry| Self(entry.path())) {
            if fold.has_learned() || fold.result().exists() || fold.best().exists() {
                return Err(Error::usage(format!(
                    "{} holds a run already: choose another folder with --out, so that no run is lost",
                    fold.0.display()
                )));
            }
            fold.discard_if_not_begun();
        }
        Ok(())
    }

    /// Of a cross-validation, the run that holds out one fold, counted from 1.
    pub(crate) fn of_fold(&self, number: usize) -> Self {
        Self(self.0.join(format!("{FOLD}{number}")))
    }

    /// What the folds of a cross-validation say together.
    pub(crate) fn cross_validation(&self) -> PathBuf {
        self.0.join("cross_validation.json")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn best(&self) -> PathBuf {
        self.0.join(BEST)
    }

    /// After a run that failed before its first step: leaves no folder.
    pub(crate) fn discard_if_not_begun(&self) {
        if self.has_learned() {
            return;
        }
        // The failure is what is told. A folder that holds something else is not removed, which is as it should be.
        for path in [self.recipe(), self.split(), self.begun(), self.standardization()] {
            let _ = files::remove(&path);
        }
        let _ = std::fs::remove_dir(self.checkpoints());
        let _ = std::fs::remove_dir(&self.0);
    }

    /// The same of a cross-validation, none of whose folds began.
    pub(crate) fn discard_folds_if_not_begun(&self) {
        let folds = (1..).map(|number| self.of_fold(number)).take_while(|fold| fold.path().exists());
        let folds: Vec<Self> = folds.collect();
        if !folds.iter().any(Self::has_learned) {
            folds.iter().for_each(Self::discard_if_not_begun);
            self.discard_if_not_begun();
        }
    }

    /// Whether anything was learned that is kept.
    pub(crate) fn has_learned(&self) -> bool {
        self.history().exists() || self.has_state()
    }

    /// Which picture is in which part.
    pub(crate) fn split(&self) -> PathBuf {
        self.0.join("split.csv")
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.0.join("history.csv")
    }

    pub(crate) fn recipe(&self) -> PathBuf {
        self.0.join("recipe.toml")
    }

    /// Writes the recipe down, without this folder, so that it can be run again.
    pub(crate) fn write_recipe(&self, recipe: &Recipe) -> Result<()> {
        let recipe = Recipe { out: PathBuf::new(), ..recipe.clone() };
        Ok(files::write(&self.recipe(), recipe.to_toml()?)?)
    }

    pub(crate) fn result(&self) -> PathBuf {
        self.0.join("result.json")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    pub(crate) fn tensorboard(&self) -> PathBuf {
        self.0.join("tensorboard")
    }
}

/// The first free number after the data's name.
pub(crate) fn next(runs: &Path, data: &Path) -> PathBuf {
    let full = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_path_buf());
    let name = full.file_name().map_or_else(|| "data".into(), |name| name.to_string_lossy().into_owned());
    let mut number = 1;
    loop {
        let folder = runs.join(format!("{name}-{number}"));
        if !folder.exists() {
            return folder;
        }
        number += 1;
    }
}

//! Where a run writes: the folder that was asked for, else `runs/<data>-<number>`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use report::Outcome;

use crate::cross_validation::is_cross_validation;
use crate::output_place::check_out_folder;
use crate::{Error, ErrorKind, Recipe, Result, starts};

const BEST: &str = "best.keras";
/// Before a fold's number.
const FOLD: &str = "fold-";
/// By which other processes are kept out of a run's folder.
const LOCK: &str = ".lock";
/// How long a process that was killed may still hold its locks, while the system takes its memory back.
const DYING: Duration = Duration::from_secs(1);

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
    /// One for a new run, created, locked and empty of results.
    ///
    /// # Errors
    /// It cannot be created, holds the result of another run, or is no place for one; another process trains there.
    pub(crate) fn create(recipe: &Recipe) -> Result<Self> {
        let folder = match recipe.out.as_os_str().is_empty() {
            false => {
                Self::taken(&recipe.out, &recipe.data)?.ok_or_else(|| in_use(&recipe.out, &recipe.out))?
            }
            true => loop {
                // Whose number another process has taken just then has the next one.
                let folder = next(Path::new("runs"), &recipe.data);
                if let Some(folder) = Self::taken(&folder, &recipe.data)? {
                    break folder;
                }
            },
        };
        folder.check_empty()?;
        folder.clear_folds()?;
        Ok(folder)
    }

    /// Creates and locks the folder at `path`; `None` where another process trains there.
    fn taken(path: &Path, data: &Path) -> Result<Option<Self>> {
        check_out_folder(path, data)?;
        files::create_folder(path)?;
        let mut folder = Self::at(path);
        Ok(folder.take_lock()?.map(|()| folder))
    }

    /// From now on no other process trains here until this is dropped; `None` where one does.
    fn take_lock(&mut self) -> files::Result<Option<()>> {
        Ok(files::Lock::take(&self.path.join(LOCK))?.map(|lock| self.locks.push(lock)))
    }

    /// As [`RunFolder::take_lock`], also where its holder was just killed.
    fn take_lock_soon(&mut self) -> files::Result<Option<()>> {
        let begun = Instant::now();
        loop {
            match self.take_lock()? {
                None if begun.elapsed() < DYING => std::thread::sleep(DYING / 50),
                taken => return Ok(taken),
            }
        }
    }

    fn check_empty(&self) -> Result<()> {
        if self.result().exists() && matches!(self.finished(), Ok(None)) {
            return Err(Error::usage(format!(
                "{0} holds a run that was stopped: choose another folder with --out, or go on with it, linnaeus train \
                 --resume {0}",
                self.path.display()
            )));
        }
        let results = [self.result(), self.best(), self.cross_validation()];
        if let Some(held) = results.iter().find(|path| path.exists()) {
            return Err(Error::usage(format!(
                "{} is there already: choose another folder with --out, so that no run is lost",
                held.display()
            )));
        }
        if let Some(held) = [self.recipe(), self.split()].iter().find(|path| path.exists()) {
            return Err(Error::usage(format!(
                "{} is there already: choose another folder with --out, or go on with the run that was left there, \
                 linnaeus train --resume {}",
                held.display(),
                self.path.display()
            )));
        }
        Ok(())
    }

    /// One to look into.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { path: folder.to_path_buf(), locks: Vec::new() }
    }

    /// The folder of a run that was left before its end, locked; of a fold, with all of its cross-validation.
    ///
    /// # Errors
    /// There is no such run, it was finished, or another process goes on with it.
    pub(crate) fn left(folder: &Path) -> Result<Self> {
        let mut whole = whole_of(folder);
        if let Some(whole) = &mut whole {
            whole.take_lock_soon()?.ok_or_else(|| in_use(&whole.path, &whole.path))?;
        }
        let mut left = Self::left_of(folder, folder)?;
        left.locks.extend(whole.into_iter().flat_map(|whole| whole.locks));
        Ok(left)
    }

    /// Of a cross-validation, the folder of the run that holds out one fold, as [`RunFolder::left`].
    ///
    /// # Errors
    /// The same.
    pub(crate) fn left_fold(&self, number: usize) -> Result<Self> {
        Self::left_of(&self.of_fold(number).path, &self.path)
    }

    /// `whole` is what to go on with where another process is at `folder`.
    fn left_of(folder: &Path, whole: &Path) -> Result<Self> {
        let mut folder = Self::at(folder);
        if !folder.recipe().is_file() {
            return Err(Error::usage(format!(
                "--resume {}: there is no recipe.toml, so it is no run that was begun",
                folder.path.display()
            )));
        }
        folder.take_lock_soon()?.ok_or_else(|| in_use(&folder.path, whole))?;
        if folder.cross_validation().exists() {
            return Err(Error::usage(format!(
                "--resume {}: this cross-validation was finished; what it found is in {}",
                folder.path.display(),
                folder.cross_validation().display()
            )));
        }
        if folder.finished()?.is_some() {
            // Where it was killed just then, that is still to do.
            folder.forget()?;
            return Err(Error::usage(format!(
                "--resume {}: this run was finished; to train its model on, give --base {0} and a new --out",
                folder.path.display()
            )));
        }
        files::remove_unfinished(&folder.path)?;
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

    /// Takes away what was prepared for folds of a cross-validation that never began: beside them no other run goes on.
    ///
    /// # Errors
    /// One of them holds a run, or another process trains there.
    fn clear_folds(&self) -> Result<()> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        let is_fold = |entry: &std::fs::DirEntry| {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(FOLD));
            number.is_some_and(|number| number.parse::<usize>().is_ok())
        };
        for fold in entries.filter(is_fold) {
            let mut fold = Self::at(&fold.path());
            if fold.has_learned() || fold.result().exists() || fold.best().exists() {
                return Err(Error::usage(format!(
                    "{} holds a run already: choose another folder with --out, so that no run is lost",
                    fold.path.display()
                )));
            }
            // Without it nothing in there is of a run.
            if fold.begun().exists() {
                fold.take_lock()?.ok_or_else(|| in_use(&fold.path, &fold.path))?;
                fold.discard_if_not_begun();
            }
        }
        Ok(())
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

    /// After a run that failed before its first step: leaves no folder.
    pub(crate) fn discard_if_not_begun(mut self) {
        if self.has_learned() {
            return;
        }
        // The failure is what is told. A folder that holds something else is not removed, which is as it should be.
        for path in [self.recipe(), self.split(), self.begun(), self.seconds(), self.standardization()] {
            let _ = files::remove(&path);
        }
        let _ = std::fs::remove_dir(self.checkpoints());
        // Its file lies in the folder. A run that another process begins there just then keeps both.
        self.locks.clear();
        let _ = std::fs::remove_dir(&self.path);
    }

    /// The same of a cross-validation, none of whose folds began.
    pub(crate) fn discard_folds_if_not_begun(self) {
        let mut folds: Vec<Self> = self.folds().collect();
        // One that another process goes on with stays, and all with it. On a disk that is full none can be locked.
        if folds.iter_mut().any(|fold| matches!(fold.take_lock(), Ok(None))) || self.has_learned() {
            return;
        }
        folds.into_iter().for_each(Self::discard_if_not_begun);
        self.discard_if_not_begun();
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

/// `whole` is what goes on once nobody is at `folder`: the same, or the cross-validation that it is a fold of.
/// The cross-validation that the run in `folder` is a fold of.
fn whole_of(folder: &Path) -> Option<RunFolder> {
    let folder = std::fs::canonicalize(folder).ok()?;
    let (whole, name) = (folder.parent()?, folder.file_name()?.to_str()?);
    (name.starts_with(FOLD) && is_cross_validation(whole)).then(|| RunFolder::at(whole))
}

fn in_use(folder: &Path, whole: &Path) -> Error {
    Error::usage(format!(
        "{}: another process is training there, and two would overwrite each other's state: wait until it is over, or stop \
         it and go on with the run, linnaeus train --resume {}; a new run needs another folder, with --out",
        folder.display(),
        whole.display()
    ))
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

#[cfg(test)]
mod tests;

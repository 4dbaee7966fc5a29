//! Taking a run's folder: for a new run, or to go on with one that was left; one process at a time; and leaving nothing where a
//! run did not begin.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{FOLD, RunFolder};
use crate::cross_validation::is_cross_validation;
use crate::output_place::check_out_folder;
use crate::{Error, Recipe, Result};

/// By which other processes are kept out of a run's folder.
const LOCK: &str = ".lock";
/// How long a process that was killed may still hold its locks, while the system takes its memory back.
const DYING: Duration = Duration::from_secs(1);

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

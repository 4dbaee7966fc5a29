//! What a run was begun with, kept beside its state as `begun.json`: with another recipe, or with pictures in other parts, it
//! would not go on but become another run.

use serde::{Deserialize, Serialize};

use crate::part_record::PartRecord;
use crate::run_folder::RunFolder;
use crate::{Error, ErrorKind, Recipe, Result};

/// What a run was begun with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// As TOML.
    recipe: String,
    /// Of each `split.csv` that the run wrote, as [`PartRecord::digest`] gives it; the last may not have come to the disk.
    parts: Vec<String>,
    /// What was said of how the pictures were shared out, and of those that came and went since.
    pub(crate) notes: Vec<String>,
    /// How many pictures were gone when that was last said.
    pub(crate) gone: usize,
    /// Whether it is a fold's, whose parts were drawn with those of the others: they hold before anything is learned.
    #[serde(default)]
    pub(crate) is_fold: bool,
}

/// The largest file that is read: notes and a recipe, and that with room.
const LIMIT_BYTES: u64 = 16 << 20;

impl Begun {
    /// A run by `recipe`, as its folder has that.
    ///
    /// # Errors
    /// As [`Recipe::to_toml`].
    pub(crate) fn by(recipe: &Recipe) -> Result<Self> {
        let recipe = recipe.to_toml()?;
        Ok(Self { recipe, parts: Vec::new(), notes: Vec::new(), gone: 0, is_fold: false })
    }

    /// That of the run in `folder`.
    ///
    /// # Errors
    /// The file is not there, or damaged.
    pub(crate) fn read(folder: &RunFolder) -> Result<Self> {
        let path = folder.begun();
        let damaged = |why: &dyn std::fmt::Display| {
            let what = "it says what the run was begun with, and without it none goes on: put it back, or begin anew with \
                        another --out";
            Error::new(ErrorKind::File, format!("{}: {why}; {what}", path.display()))
        };
        let size = std::fs::metadata(&path).map_err(|error| damaged(&error))?.len();
        if size > LIMIT_BYTES {
            return Err(damaged(&format!(
                "it has {} MiB, and up to {} are read",
                size >> 20,
                LIMIT_BYTES >> 20
            )));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| damaged(&error))?;
        serde_json::from_str(&text).map_err(|error| damaged(&error))
    }

    pub(crate) fn recipe(&self) -> Result<Recipe> {
        Recipe::parse(&self.recipe)
    }

    /// From now on by `recipe`.
    ///
    /// # Errors
    /// As [`Recipe::to_toml`].
    pub(crate) fn go_on_by(&mut self, recipe: &Recipe) -> Result<()> {
        self.recipe = recipe.to_toml()?;
        Ok(())
    }

    /// The parts as the run in `folder` wrote them down.
    ///
    /// # Errors
    /// They were changed since, or cannot be read.
    pub(crate) fn parts(&self, folder: &RunFolder) -> Result<PartRecord> {
        let path = folder.split();
        let wrong = |what: &str| {
            Error::usage(format!(
                "{} {what} since the run was left: pictures that it has learned from could be tested with. Put it back as it \
                 was; for other parts begin a new run, with such a file as its listing: linnaeus train PARTS.csv \
                 --image-folder FOLDER",
                path.display()
            ))
        };
        let record = PartRecord::read(&path)?.ok_or_else(|| wrong("was taken away"))?;
        match self.parts.contains(&record.digest()) {
            true => Ok(record),
            false => Err(wrong("was changed")),
        }
    }

    /// Writes the parts down in `folder`, and that it was the run itself who did.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn write(&mut self, parts: &PartRecord, folder: &RunFolder) -> Result<()> {
        let digest = parts.digest();
        if !self.parts.contains(&digest) {
            self.parts.push(digest);
        }
        let text = serde_json::to_string_pretty(self).map_err(|error| {
            Error::new(ErrorKind::File, format!("what the run was begun with cannot be written: {error}"))
        })?;
        files::create_folder(&folder.checkpoints())?;
        files::write(&folder.begun(), text + "\n")?;
        parts.write(&folder.split())
    }
}

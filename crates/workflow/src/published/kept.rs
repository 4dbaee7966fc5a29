//! What lies in the cache: which converted files there are, what of a network each holds, and whose work it is.
//!
//! A file's directory and its card are read, not its weights.

use std::path::{Path, PathBuf};

use formats::keras::Glance;
use zoo::{Architecture, Part, Wanted};

use super::folders::{ENDING, Folders, OF_BASE};
use super::options;
use crate::{Card, Result};

/// A converted file in the cache.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// The width multiplier of its network.
    pub alpha: f32,
    /// The side of the pictures that it was trained on, where that is not the architecture's own.
    pub image_size: Option<usize>,
    /// What it is good for.
    pub state: State,
}

/// What a converted file is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It can be used.
    Usable {
        /// What of the network it holds.
        part: Part,
        /// Whose work it is; empty where it does not say.
        origin: String,
    },
    /// It was cut off, cannot be read or is of another network.
    Damaged {
        /// What is wrong with it.
        why: String,
        /// The command that puts a good one in its place.
        run: String,
    },
}

/// Every file of `architecture` in the cache: what was fetched and what was imported, of any width and size, by name.
///
/// # Errors
/// There is no cache folder.
pub fn kept(architecture: &Architecture) -> Result<Vec<Kept>> {
    let folders = Folders::of_cache()?;
    // A folder that is not there yet holds nothing.
    let entries = std::fs::read_dir(&folders.weights).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths.into_iter().filter_map(|path| Kept::of(architecture, path)).collect())
}

/// What is wrong with the file of `architecture` at `path`, if there is one.
pub(super) fn trouble(architecture: &Architecture, path: &Path) -> Option<String> {
    if !path.exists() {
        return None;
    }
    match Kept::of(architecture, path.to_path_buf())?.state {
        State::Damaged { why, .. } => Some(why),
        State::Usable { .. } => None,
    }
}

impl Kept {
    /// The file at `path`, if its name is that of a file of `architecture`.
    pub(super) fn of(architecture: &Architecture, path: PathBuf) -> Option<Self> {
        let stem = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
        let rest = stem.strip_prefix(architecture.name)?;
        let (numbers, part) = match rest.strip_suffix(OF_BASE) {
            Some(numbers) => (numbers, Part::Base),
            None => (rest, Part::Whole),
        };
        let (mut alpha, mut image_size) = (1.0, None);
        if !numbers.is_empty() {
            for number in numbers.strip_prefix('-')?.split('-') {
                match number.parse::<usize>() {
                    Ok(side) if side >= architecture.minimum_size => image_size = Some(side),
                    _ => alpha = number.parse().ok()?,
                }
            }
        }
        let state = state(architecture, &path, part).unwrap_or_else(|why| State::Damaged {
            why,
            run: instead(architecture, alpha, image_size, part),
        });
        Some(Self { path, alpha, image_size, state })
    }
}

/// What the file at `path` is, which its name calls the `part` of a network; or what is wrong with it.
fn state(architecture: &Architecture, path: &Path, part: Part) -> Result<State, String> {
    let card = Glance::at(path).and_then(|mut glance| glance.card()).map_err(|e| e.to_string())?;
    let Some(card) = card else {
        return Ok(State::Usable { part, origin: String::new() });
    };
    let card = Card::parse(card).map_err(|e| format!("{}: {e}", path.display()))?;
    let held = if card.classes.is_empty() { Part::Base } else { Part::Whole };
    let of = &card.trained.architecture;
    match (held == part, of == architecture.name) {
        (true, true) => Ok(State::Usable { part, origin: card.trained.weights }),
        (_, false) => Err(format!("{}: it is of {of}", path.display())),
        (false, _) => Err(format!("{}: it does not hold what its name says", path.display())),
    }
}

/// The command that puts a good file in the place of a damaged one.
fn instead(architecture: &Architecture, alpha: f32, image_size: Option<usize>, part: Part) -> String {
    let [own, ..] = architecture.default_input;
    let side = image_size.unwrap_or(own);
    let options = options(alpha, image_size);
    let name = architecture.name;
    let no_top = if part == Part::Base { " --no-top" } else { "" };
    match architecture.published_for(&Wanted { alpha, size: [side, side], part }).is_empty() {
        true => format!("linnaeus weights import {name} FILE{options}"),
        false => format!("linnaeus weights pull {name}{options}{no_top}"),
    }
}

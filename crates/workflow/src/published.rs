//! Weights that others trained: fetched once, checked, converted to a `.keras` file in the cache.

mod converted;
mod fetched;
mod folders;
mod kept;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use report::LoadedWeights;
use zoo::{Architecture, Part, Place, Published, Wanted};

use crate::{Error, ErrorKind, Event, Observer, Result};
use folders::Folders;

pub use kept::{Kept, State, kept};

/// The converted weights if they are in the cache and whole. A base is found in a whole network too.
pub fn in_cache(architecture: &Architecture, wanted: &Wanted) -> Option<PathBuf> {
    let mut places = places(architecture, wanted).into_iter();
    places.find(|path| path.is_file() && kept::trouble(architecture, path).is_none())
}

/// Where the weights may be in the cache.
fn places(architecture: &Architecture, wanted: &Wanted) -> Vec<PathBuf> {
    let Ok(folders) = Folders::of_cache() else { return Vec::new() };
    let whole = Wanted { part: Part::Whole, ..*wanted };
    [whole, *wanted].map(|wanted| folders.converted(architecture, &wanted)).to_vec()
}

/// What is wrong with the weights in the cache, where they are there and cannot be used.
fn damage(architecture: &Architecture, wanted: &Wanted) -> Option<String> {
    places(architecture, wanted).iter().find_map(|path| kept::trouble(architecture, path))
}

/// The converted weights, fetched and converted now if they are not in the cache yet, or damaged there.
///
/// # Errors
/// As [`pull`].
pub fn ensure(
    architecture: &Architecture,
    wanted: &Wanted,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<PathBuf> {
    if let Some(path) = in_cache(architecture, wanted) {
        return Ok(path);
    }
    if let Some(damage) = damage(architecture, wanted) {
        observer(Event::Notice(&format!("{damage}; it is fetched anew")));
    }
    pull(architecture, wanted, observer, stop)
}

/// Fetches and converts the weights, whether or not they are in the cache. `stop`, once set, ends a download; the next
/// one goes on there.
///
/// # Errors
/// None were published, they cannot be fetched, or they are not what was published. The message says what to do.
pub fn pull(
    architecture: &Architecture,
    wanted: &Wanted,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<PathBuf> {
    let candidates = architecture.published_for(wanted);
    if candidates.is_empty() {
        let advice = format!("`linnaeus weights import {} FILE` takes a file of yours", architecture.name);
        return Err(none(architecture, wanted, &advice));
    }
    let folders = Folders::of_cache()?;
    let pulling = Pulling { architecture, wanted, folders: &folders, stop };
    pulling.any(&candidates, observer)
}

/// Weights that are wanted from where they were published.
struct Pulling<'a> {
    architecture: &'a Architecture,
    wanted: &'a Wanted,
    folders: &'a Folders,
    stop: &'a AtomicBool,
}

impl Pulling<'_> {
    /// The first of the `candidates` that can be had.
    fn any(&self, candidates: &[Published], observer: &mut Observer) -> Result<PathBuf> {
        let mut failures = Vec::new();
        for file in candidates {
            match self.one(file, observer) {
                Ok(path) => return Ok(path),
                Err(error) if self.goes_on_after(&error) => failures.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        let (tried, advice) = (failures.join("\n"), elsewhere(self.architecture, self.wanted, candidates));
        Err(Error::new(ErrorKind::Fetch, format!("{tried}\n{advice}")))
    }

    /// Whether another address may help: it would neither empty a full disk nor please somebody who wants to stop.
    fn goes_on_after(&self, error: &Error) -> bool {
        matches!(error.kind(), ErrorKind::Fetch | ErrorKind::Model) && !self.stop.load(Ordering::Relaxed)
    }

    /// `file`, fetched and converted. What its publisher gives no checksum for may be anything: where it is no file of
    /// these weights, it is discarded, and one that an earlier run left is fetched anew.
    fn one(&self, file: &Published, observer: &mut Observer) -> Result<PathBuf> {
        let Self { architecture, folders, .. } = *self;
        let wanted = Wanted { part: file.part, ..*self.wanted };
        loop {
            let fetched = fetched::fetch(architecture, file, folders, observer, self.stop)?;
            observer(Event::Started("converting them"));
            let why = match converted::convert(architecture, &wanted, &fetched.path, &origin(file), folders) {
                Ok(converted) => {
                    files::remove(&fetched.path)?;
                    return Ok(converted.path);
                }
                Err(error) if file.checksum.is_some() || error.kind() != ErrorKind::Model => {
                    return Err(error);
                }
                Err(error) => error,
            };
            files::remove(&fetched.path)?;
            if fetched.is_new {
                return Err(Error::new(why.kind(), format!("{why}; what came was discarded")));
            }
            observer(Event::Notice(&format!("{why}; it is discarded and fetched anew")));
        }
    }
}

/// What to do where the network does not give them.
fn elsewhere(architecture: &Architecture, wanted: &Wanted, candidates: &[Published]) -> String {
    let options = options(wanted.alpha, candidates.iter().find_map(|file| file.image_size));
    let name = architecture.name;
    let what = match candidates.iter().any(|file| matches!(file.place, Place::Address(_))) {
        true => "the file at that address",
        false => "that package",
    };
    format!(
        "where there is a network, fetch {what}, and here run `linnaeus weights import {name} FILE{options}`"
    )
}

/// The options of the command line that name a variant.
fn options(alpha: f32, image_size: Option<usize>) -> String {
    let alpha = if alpha == 1.0 { String::new() } else { format!(" --alpha {alpha}") };
    alpha + &image_size.map_or(String::new(), |size| format!(" --image-size {size}"))
}

/// Nothing was published as wanted; `advice` says what to do instead.
pub(crate) fn none(architecture: &Architecture, wanted: &Wanted, advice: &str) -> Error {
    let name = architecture.name;
    let mut alphas: Vec<f32> = architecture.published().map(|file| file.alpha).collect();
    alphas.sort_by(f32::total_cmp);
    alphas.dedup();
    let why = match (alphas.as_slice(), damage(architecture, wanted)) {
        (_, Some(damage)) => damage,
        ([], None) => format!("{name} has no published weights"),
        (_, None) => {
            let alphas: Vec<String> = alphas.iter().map(ToString::to_string).collect();
            format!("{name} was published with an alpha of {}, not of {}", alphas.join(", "), wanted.alpha)
        }
    };
    Error::usage(format!("{why}; {advice}"))
}

/// Whose work the weights are, for a model's card.
fn origin(file: &Published) -> String {
    match &file.place {
        Place::Package { requirement, .. } => format!("imagenet ({requirement})"),
        Place::Address(address) => format!("imagenet ({address})"),
    }
}

/// What an import brought.
#[derive(Debug)]
pub struct Imported {
    /// The converted file in the cache.
    pub path: PathBuf,
    /// What of the network it holds.
    pub part: Part,
    /// What of the file was taken and what was not.
    pub loaded: LoadedWeights,
}

/// Takes weights from a file that the user has, of any format that is known, and puts them in the cache in the place of
/// those that are published: the whole network if the file has the published classifier too, else its base. Their card
/// says from which file they came.
///
/// # Errors
/// The file cannot be read, or is of another network.
pub fn import(architecture: &Architecture, wanted: &Wanted, file: &Path) -> Result<Imported> {
    // Its name alone: a card travels with the model, and a folder says nothing to others but whose it is.
    let name = file.file_name().map_or_else(|| file.as_os_str().to_owned(), ToOwned::to_owned);
    let origin = format!("imported from {}", name.display());
    converted::convert(architecture, wanted, file, &origin, &Folders::of_cache()?)
}

#[cfg(test)]
#[cfg(feature = "download")]
mod tests;

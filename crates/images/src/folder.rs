//! Reads a folder of class folders, or one that holds them in `train/`, `val/` and `test/`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::content::Role;
use crate::part::Part;
use crate::{Error, ErrorKind, Listing, Result, Sample, Skipped};

/// How deep pictures may lie below a class folder.
const DEEPEST: usize = 8;

/// Lists the pictures below `path`.
///
/// Either `path` holds one folder per class; or it holds `train/` with one folder per class, and perhaps
/// `val/` (or `valid/`, `validation/`) and `test/` with the same classes. Archives often hold a folder in one of its own
/// name, `seg_train/seg_train/`: the inner one counts. A class named "train" is told from
/// the part by the pictures that lie directly in it. Class names and files are sorted by their bytes.
/// Pictures may lie in folders below the class's; hidden files are passed over; a file counts as a
/// picture by its content, and what was meant as one and is not is in [`Listing::skipped`].
///
/// # Errors
/// The folder is missing, is a file, holds no picture or one class only, or a part has a class that there
/// is none of to learn from.
pub fn read_folder(path: &Path) -> Result<Listing> {
    if path.is_file() {
        return Err(Error::new(
            ErrorKind::Missing,
            format!(
                "{} is a file; give the folder that holds one folder of pictures per class",
                path.display()
            ),
        ));
    }
    let root = Entries::read(path)?;
    let listing = match training_part(path, &root)? {
        Some(train) => read_parts(path, &root, &train)?,
        None => read_undivided(path)?,
    };
    check_classes(path, &listing)?;
    Ok(listing)
}

/// Lists the pictures below `path`, of whatever class, sorted, and the files that were meant as pictures and are not.
///
/// Files count as in [`read_folder`].
///
/// # Errors
/// The folder can't be read.
pub fn pictures_below(path: &Path) -> Result<(Vec<PathBuf>, Vec<Skipped>)> {
    Entries::read(path)?;
    let (mut found, mut pictures) = (Classes::default(), Vec::new());
    found.gather(path, DEEPEST, &mut HashSet::new(), &mut pictures)?;
    pictures.sort();
    found.skipped.sort();
    Ok((pictures, found.skipped))
}

/// The folders at `path` in which [`read_folder`] looks for classes: those of its parts, or itself.
pub(crate) fn folders_of_classes(path: &Path) -> Result<Vec<PathBuf>> {
    let root = Entries::read(path)?;
    let Some(train) = training_part(path, &root)? else { return Ok(vec![path.to_path_buf()]) };
    let others = [Part::Validation, Part::Test].map(|part| root.part(path, part.names()));
    let others = others.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(std::iter::once(train).chain(others.into_iter().flatten()).collect())
}

/// The folder of the part to learn from, where the set has parts.
fn training_part(path: &Path, root: &Entries) -> Result<Option<PathBuf>> {
    match root.part(path, Part::Train.names())? {
        Some(train) if is_part(&train)? => Ok(Some(train)),
        _ => Ok(None),
    }
}

fn read_undivided(path: &Path) -> Result<Listing> {
    let found = Classes::read(path)?;
    let (classes, train) = found.numbered();
    Ok(Listing { classes, train, skipped: found.skipped, notes: found.notes, ..Listing::default() })
}

fn read_parts(path: &Path, root: &Entries, train: &Path) -> Result<Listing> {
    let found = Classes::read(train)?;
    let (classes, samples) = found.numbered();
    let Classes { mut skipped, mut notes, .. } = found;
    let mut read_part = |names: &[&str]| -> Result<Option<Vec<Sample>>> {
        let Some(folder) = root.part(path, names)? else { return Ok(None) };
        let part = Classes::read(&folder)?;
        let (part_classes, samples) = part.numbered();
        let labels = known_classes(train, &classes, &folder, &part_classes)?;
        skipped.extend(part.skipped);
        notes.extend(part.notes);
        notes.extend(missing_in(&folder, &classes, &part_classes));
        let of_train = |sample: Sample| Sample { label: labels[sample.label as usize], ..sample };
        Ok(Some(samples.into_iter().map(of_train).collect()))
    };
    let validation = read_part(Part::Validation.names())?;
    let test = read_part(Part::Test.names())?;
    Ok(Listing { classes, train: samples, validation, test, skipped, notes, ..Listing::default() })
}

fn check_classes(path: &Path, listing: &Listing) -> Result<()> {
    let advice = "put each class's pictures in a folder named after the class";
    match listing.classes.as_slice() {
        [] => Err(Error::new(
            if listing.skipped.is_empty() { ErrorKind::Missing } else { ErrorKind::Empty },
            format!(
                "{} holds no class folder with pictures{}; {advice}",
                path.display(),
                first_skipped(listing)
            ),
        )),
        [only] => Err(Error::new(
            ErrorKind::OneClass,
            format!(
                "{} holds one class only ({only:?}), and telling apart takes two; {advice}",
                path.display()
            ),
        )),
        _ => Ok(()),
    }
}

fn first_skipped(listing: &Listing) -> String {
    match listing.skipped.as_slice() {
        [] => String::new(),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            format!(" (skipped {}: {}{more})", first.path.display(), first.reason)
        }
    }
}

/// Whether the folder named `train` is the training part: class folders, and no pictures beside them.
fn is_part(train: &Path) -> Result<bool> {
    let entries = Entries::read(train)?;
    Ok(!entries.folders.is_empty() && !entries.files.iter().any(|file| Role::of(file) == Role::Picture))
}

/// The numbers among `classes`, those to learn from, of a part's own.
fn known_classes(train: &Path, classes: &[String], part: &Path, part_classes: &[String]) -> Result<Vec<u32>> {
    let number = |class: &String| classes.iter().position(|known| known == class).map(|number| number as u32);
    if let Some(labels) = part_classes.iter().map(number).collect() {
        return Ok(labels);
    }
    let only_in = |these: &[String], those: &[String]| {
        let names: Vec<String> =
            these.iter().filter(|n| !those.contains(n)).map(|n| format!("{n:?}")).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    };
    Err(Error::new(
        ErrorKind::ClassNames,
        format!(
            "the class folders of {} and {} differ: only the first has pictures of {}; only the second of {}; \
             give both the same class names",
            train.display(),
            part.display(),
            only_in(classes, part_classes),
            only_in(part_classes, classes),
        ),
    ))
}

/// What is said of a part without pictures of some classes. Numbered by itself, as Keras does it, it would have the labels
/// of others.
fn missing_in(part: &Path, classes: &[String], part_classes: &[String]) -> Option<String> {
    let missing: Vec<String> = classes
        .iter()
        .filter(|class| !part_classes.contains(class))
        .map(|class| format!("{class:?}"))
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "{} has no pictures of {}: its figures say nothing of them",
            part.display(),
            missing.join(", ")
        )
    })
}

/// What lies directly in a folder, hidden things aside, sorted.
struct Entries {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Entries {
    fn read(folder: &Path) -> Result<Self> {
        let failed =
            |e: std::io::Error| Error::missing(&e).within(format_args!("can't read {}", folder.display()));
        let mut entries = Self { folders: Vec::new(), files: Vec::new() };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = name_of(&path);
            if name.starts_with('.') || matches!(name.as_str(), "__MACOSX" | "@eaDir" | "Thumbs.db") {
                continue;
            }
            // Both follow links; what is neither (a broken link, a pipe) is listed as a file that can't be read.
            if path.is_dir() { entries.folders.push(path) } else { entries.files.push(path) }
        }
        entries.folders.sort();
        entries.files.sort();
        Ok(entries)
    }

    /// The folder with one of `names`, in any case.
    fn part(&self, root: &Path, names: &[&str]) -> Result<Option<PathBuf>> {
        let wanted = |path: &&PathBuf| names.contains(&name_of(path).to_lowercase().as_str());
        let found: Vec<&PathBuf> = self.folders.iter().filter(wanted).collect();
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(inner_of_same_name(one)?)),
            [first, second, ..] => Err(Error::new(
                ErrorKind::ClassNames,
                format!(
                    "{} holds both {:?} and {:?}, which mean the same part; keep one of them",
                    root.display(),
                    name_of(first),
                    name_of(second)
                ),
            )),
        }
    }
}

/// The folder itself, or the one in it that is all it holds and has its name.
fn inner_of_same_name(folder: &Path) -> Result<PathBuf> {
    let entries = Entries::read(folder)?;
    match (entries.folders.as_slice(), entries.files.as_slice()) {
        ([only], []) if name_of(only) == name_of(folder) => Ok(only.clone()),
        _ => Ok(folder.to_path_buf()),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The class folders of one part.
#[derive(Default)]
struct Classes {
    /// Each class that has pictures: its name and its pictures.
    found: Vec<(String, Vec<PathBuf>)>,
    skipped: Vec<Skipped>,
    notes: Vec<String>,
}

impl Classes {
    fn read(part: &Path) -> Result<Self> {
        let mut classes = Self::default();
        let entries = Entries::read(part)?;
        let loose = entries.files.iter().filter(|file| Role::of(file) == Role::Picture).count();
        if loose > 0 {
            classes.notes.push(format!(
                "{} has {loose} pictures outside its class folders: they belong to no class and are left out",
                part.display()
            ));
        }
        for folder in entries.folders {
            // Left out, a class would be missing and nobody the wiser.
            Entries::read(&folder).map_err(|error| {
                let message = format!("{error}; allow that folder to be read, or take it out of the set");
                Error::new(error.kind(), message)
            })?;
            let mut pictures = Vec::new();
            classes.gather(&folder, DEEPEST, &mut HashSet::new(), &mut pictures)?;
            if pictures.is_empty() {
                classes.notes.push(format!("{} holds no picture: it is not a class", folder.display()));
            } else {
                pictures.sort();
                classes.found.push((name_of(&folder), pictures));
            }
        }
        classes.found.sort_by(|a, b| a.0.cmp(&b.0));
        classes.skipped.sort();
        Ok(classes)
    }

    /// Adds the pictures of `folder` and of the folders in it. `seen` holds where it has been, so that a link
    /// to a folder above neither loops nor counts a picture twice.
    fn gather(
        &mut self,
        folder: &Path,
        levels_left: usize,
        seen: &mut HashSet<PathBuf>,
        pictures: &mut Vec<PathBuf>,
    ) -> Result<()> {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        if !seen.insert(real) {
            return Ok(());
        }
        let entries = match Entries::read(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.skipped.push(Skipped { path: folder.to_path_buf(), reason: error.to_string() });
                return Ok(());
            }
        };
        for file in entries.files {
            match Role::of(&file) {
                Role::Picture => pictures.push(file),
                Role::Skipped(reason) => self.skipped.push(Skipped { path: file, reason }),
                Role::Aside => {}
            }
        }
        for inner in entries.folders {
            if levels_left == 0 {
                let reason = format!("lies more than {DEEPEST} folders below the first one");
                self.skipped.push(Skipped { path: inner, reason });
            } else {
                self.gather(&inner, levels_left - 1, seen, pictures)?;
            }
        }
        Ok(())
    }

    /// The names, and all pictures with the number of their class.
    fn numbered(&self) -> (Vec<String>, Vec<Sample>) {
        let names = self.found.iter().map(|(name, _)| name.clone()).collect();
        let label = |(number, (_, pictures)): (usize, &(String, Vec<PathBuf>))| {
            let samples = pictures.iter().map(move |path| Sample::new(path, number as u32));
            samples.collect::<Vec<_>>()
        };
        (names, self.found.iter().enumerate().flat_map(label).collect())
    }
}

#[cfg(test)]
mod tests;

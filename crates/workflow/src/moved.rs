//! A run whose pictures lie elsewhere now: its recipe and its record of parts are told so, and nothing else changes.

use std::path::{MAIN_SEPARATOR, Path};

use crate::run_folder::RunFolder;
use crate::{Error, ErrorKind, Recipe, Result};

/// A picture of the set `data` without the folder that the set lies in: the same wherever that is. A listing's pictures lie
/// beside it; one that lies elsewhere keeps its whole path.
pub(crate) fn within<'a>(data: &Path, picture: &'a Path) -> &'a Path {
    let beside = data.parent().filter(|_| data.is_file());
    let folders = [Some(data), beside].into_iter().flatten();
    folders.into_iter().find_map(|folder| picture.strip_prefix(folder).ok()).unwrap_or(picture)
}

/// The recipe of the run in `folder` with its pictures at `data`, where its record of parts then has them too.
///
/// # Errors
/// There is no such place, or it has none of the run's pictures; a file cannot be read or written.
pub(crate) fn to(data: &Path, folder: &RunFolder, recipe: Recipe) -> Result<Recipe> {
    if !data.exists() {
        return Err(Error::usage(format!("{}: there is no such file or folder", data.display())));
    }
    if data == recipe.data {
        return Ok(recipe);
    }
    // A kill between the two leaves what can be told again.
    let record = folder.split();
    if record.is_file() {
        move_record(&record, &Move::of(&recipe.data, data))?;
    }
    let recipe = Recipe { data: data.to_path_buf(), ..recipe };
    folder.write_recipe(&recipe)?;
    Ok(recipe)
}

/// From where to where: folders in the bytes that the system has for them, without a separator at their end.
struct Move {
    /// The set, and for a file the folder beside which its pictures lie.
    folders: Vec<[Vec<u8>; 2]>,
    /// For messages.
    to: String,
}

impl Move {
    fn of(from: &Path, to: &Path) -> Self {
        let beside = from.parent().zip(to.parent()).filter(|_| to.is_file());
        let both = [Some((from, to)), beside].into_iter().flatten();
        let folders = both.map(|(from, to)| [from, to].map(bytes)).collect();
        Self { folders, to: to.display().to_string() }
    }

    /// Where `picture` lies now.
    fn moved(&self, picture: &[u8]) -> Vec<u8> {
        let is_there = self.folders.iter().any(|[_, to]| below(picture, to).is_some());
        let mut folders = self.folders.iter().filter(|_| !is_there);
        let moved = folders.find_map(|[from, to]| Some(join(to, below(picture, from)?)));
        moved.unwrap_or_else(|| picture.to_vec())
    }
}

/// Rewrites the pictures' paths in the record at `path`, its first column.
fn move_record(path: &Path, moves: &Move) -> Result<()> {
    let cannot = |error: csv::Error| Error::new(ErrorKind::File, format!("{}: {error}", path.display()));
    let mut read = csv::Reader::from_path(path).map_err(cannot)?;
    let mut written = csv::Writer::from_writer(Vec::new());
    written.write_record(read.headers().map_err(cannot)?).map_err(cannot)?;
    let (mut pictures, mut found, mut example) = (0, 0, String::new());
    for row in read.byte_records() {
        let row = row.map_err(cannot)?;
        let picture = moves.moved(row.get(0).unwrap_or_default());
        let name = String::from_utf8_lossy(&picture).into_owned();
        pictures += 1;
        found += usize::from(is_picture(Path::new(&name)));
        written
            .write_record(std::iter::once(picture.as_slice()).chain(row.iter().skip(1)))
            .map_err(cannot)?;
        example = name;
    }
    if found == 0 && pictures > 0 {
        return Err(Error::usage(format!(
            "{}: none of the run's {pictures} pictures is there, such as {example}: give the place where they lie now",
            moves.to
        )));
    }
    let bytes = written.into_inner().map_err(|error| cannot(error.into_error().into()))?;
    Ok(files::write(path, bytes)?)
}

/// Whether there is such a file, or one of which this is a record.
fn is_picture(path: &Path) -> bool {
    path.is_file() || path.parent().is_some_and(Path::is_file)
}

fn bytes(folder: &Path) -> Vec<u8> {
    let bytes = folder.as_os_str().as_encoded_bytes();
    let end = bytes.iter().rposition(|byte| !is_separator(*byte)).map_or(0, |last| last + 1);
    bytes[..end].to_vec()
}

fn is_separator(byte: u8) -> bool {
    byte == b'/' || char::from(byte) == MAIN_SEPARATOR
}

/// What of `picture` is below `folder`; the empty folder is the one that relative paths begin in.
fn below<'a>(picture: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    let is_root = |picture: &[u8]| picture.first().is_some_and(|first| is_separator(*first));
    match folder.is_empty() {
        true => Some(picture).filter(|picture| !is_root(picture)),
        false => picture.strip_prefix(folder).filter(|rest| is_root(rest)).map(|rest| &rest[1..]),
    }
}

fn join(folder: &[u8], rest: &[u8]) -> Vec<u8> {
    let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
    [folder, separator, rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_move_with_their_set() {
        let folder = tempfile::tempdir().unwrap();
        let listing = folder.path().join("list.csv");
        std::fs::write(&listing, "").unwrap();
        let now = folder.path().to_str().unwrap();
        let moved = |from: &str, to: &Path, picture: &str| {
            String::from_utf8(Move::of(Path::new(from), to).moved(picture.as_bytes())).unwrap()
        };
        assert_eq!(moved("photos", folder.path(), "photos/cat/1.png"), format!("{now}/cat/1.png"));
        assert_eq!(moved("/a/photos/", Path::new("b"), "/a/photos/cat/1.png"), "b/cat/1.png");
        assert_eq!(moved("photos", Path::new("b"), "photos2/cat/1.png"), "photos2/cat/1.png");
        // A listing's pictures lie beside it, those elsewhere stay.
        assert_eq!(moved("/old/set.csv", &listing, "/old/cat/1.png"), format!("{now}/cat/1.png"));
        assert_eq!(moved("set.csv", &listing, "cat/1.png"), format!("{now}/cat/1.png"));
        assert_eq!(moved("/old/set.csv", &listing, "/else/1.png"), "/else/1.png");
        // What was moved by a try before stays.
        assert_eq!(moved("/a", Path::new("/a/b"), "/a/b/cat/1.png"), "/a/b/cat/1.png");
    }

    #[test]
    fn what_is_within_a_set_is_the_same_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let listing = folder.path().join("list.csv");
        std::fs::write(&listing, "").unwrap();
        let picture = folder.path().join("cat/1.png");
        for data in [folder.path(), &listing] {
            assert_eq!(within(data, &picture), Path::new("cat/1.png"));
        }
        assert_eq!(within(folder.path(), Path::new("/else/1.png")), Path::new("/else/1.png"));
    }
}

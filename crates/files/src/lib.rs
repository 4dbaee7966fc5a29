//! Files written whole or not at all: to a temporary name beside the target, then renamed over it.
//!
//! A run that is killed, or a disk that fills up, leaves the old file or the new one and never half of one.
//! This is the only crate that creates files (`cargo xtask tidy` looks).

mod error;
mod lock;
mod partial;
mod relocate;

use std::io::{BufWriter, Write};
use std::path::Path;

pub use error::{Error, Result};
pub use lock::Lock;
pub use partial::Partial;
pub use relocate::relocate;

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".writing-";

/// Writes what `fill` produces to `path`, which appears only when it is complete.
///
/// # Errors
/// The folder is missing or read-only, the disk is full, or `fill` itself fails; `path` is then untouched.
pub fn write_with<E>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&std::fs::File>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E>
where
    E: From<Error>,
{
    let folder = folder_of(path);
    let failed = |doing: &'static str| move |source: std::io::Error| E::from(Error::new(doing, path, source));
    let temporary = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions_like_new_file()
        .tempfile_in(folder)
        .map_err(failed("create"))?;
    let mut writer = BufWriter::new(temporary.as_file());
    fill(&mut writer)?;
    writer.flush().map_err(failed("write"))?;
    drop(writer);
    temporary.as_file().sync_all().map_err(failed("write"))?;
    temporary.persist(path).map_err(|e| failed("rename a finished file to")(e.error))?;
    Ok(())
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// As [`write_with`].
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    write_with(path, |w| w.write_all(bytes.as_ref()).map_err(|e| Error::new("write", path, e)))
}

/// Removes a file that is no longer needed; one that is not there is no mistake.
///
/// # Errors
/// The folder is read-only.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::new("remove", path, e)),
        _ => Ok(()),
    }
}

/// Removes what a program that was killed has left of files in `folder` that it was writing. A folder that is not there
/// is no mistake.
///
/// # Errors
/// The folder is read-only.
pub fn remove_unfinished(folder: &Path) -> Result<()> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_unfinished = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(UNFINISHED);
    entries.filter(|entry| is_unfinished(&entry.file_name())).try_for_each(|entry| remove(&entry.path()))
}

/// Creates `folder` and its parents.
///
/// # Errors
/// A parent is read-only or is a file.
pub fn create_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::new("create the folder", folder, e))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Temporary files are private by default; a finished file should have the permissions of any new file.
trait LikeNewFile {
    fn permissions_like_new_file(&mut self) -> &mut Self;
}

impl LikeNewFile for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_like_new_file(&mut self) -> &mut Self {
        use std::os::unix::fs::PermissionsExt;
        self.permissions(std::fs::Permissions::from_mode(0o666))
    }
    #[cfg(not(unix))]
    fn permissions_like_new_file(&mut self) -> &mut Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_being_written_is_cleared_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".writing-a1B2", "kept.txt", ".hidden"] {
            std::fs::write(folder.path().join(name), "bytes").unwrap();
        }
        remove_unfinished(folder.path()).unwrap();
        remove_unfinished(&folder.path().join("no such folder")).unwrap();
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".hidden", "kept.txt"]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.txt");
        write(&path, "old").unwrap();
        let failed: Result<()> = write_with(&path, |w| {
            w.write_all(b"half").unwrap();
            Err(Error::new("write", &path, std::io::Error::other("full")))
        });
        assert!(failed.unwrap_err().to_string().contains("full"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_file_that_was_asked_for_is_named_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write(&file, "x").unwrap();
        let missing = folder.path().join("no such folder");
        for (path, expected) in [
            (missing.join("x.txt"), format!(": the folder {} does not exist", missing.display())),
            (file.join("x.txt"), "Not a directory".into()),
            (folder.path().to_path_buf(), "cannot rename a finished file to".into()),
        ] {
            let error = write(&path, "x").unwrap_err().to_string();
            assert!(error.contains(&path.display().to_string()) && error.contains(&expected), "{error}");
            assert!(!error.contains(UNFINISHED), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_finished_file_is_readable_by_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write(&ours, "x").unwrap();
        std::fs::write(&plain, "x").unwrap();
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}

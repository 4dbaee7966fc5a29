//! A file that is locked for as long as something goes on beside it: one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A lock on a file of its own, which is removed with it. The system lets go of it when the process dies, however it does,
/// and the file that then stays keeps nobody out.
///
/// Any other file would not do: what is renamed into the place of a locked file is not locked, and what is locked cannot be
/// read on Windows.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// `None` once it is let go of.
    file: Option<File>,
}

/// Between opening a file and locking it, its last holder may remove it: then it is tried again. So often that it can only be
/// that the file system numbers its files anew each time.
const TRIES: usize = 100;

impl Lock {
    /// Takes the lock at `path`, at once; `None` where another process has it, or another part of this one.
    ///
    /// Some network drives know no locks. There everybody gets it: two at once are rare enough.
    ///
    /// # Errors
    /// The folder is missing or read-only.
    pub fn take(path: &Path) -> Result<Option<Self>> {
        let mut tries = 0;
        loop {
            let file = open(path).map_err(|source| Error::new("create", path, source))?;
            if let Err(TryLockError::WouldBlock) = file.try_lock() {
                return Ok(None);
            }
            tries += 1;
            if is_at(&file, path) || tries == TRIES {
                return Ok(Some(Self { path: path.to_path_buf(), file: Some(file) }));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Where the folder was removed or moved meanwhile, another process may have a lock of its own in its place.
        let is_own = self.file.as_ref().is_some_and(|file| is_at(file, &self.path));
        // Where a file that somebody has opened cannot be removed, nobody's lock is removed with it. On Unix it can, so there
        // it goes first, while it is locked.
        if cfg!(not(unix)) {
            self.file = None;
        }
        if is_own {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    // Windows locks nothing that is open to be appended to alone.
    options.create(true).read(true).append(true);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        /// Others may read and write it, but not remove it.
        const FILE_SHARE_READ_WRITE: u32 = 3;
        options.share_mode(FILE_SHARE_READ_WRITE);
    }
    options.open(path)
}

/// Whether `file` is still what lies at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |found: std::fs::Metadata| (found.dev(), found.ino());
    let (held, there) = (file.metadata().map(identity), std::fs::metadata(path).map(identity));
    matches!((held, there), (Ok(held), Ok(there)) if held == there)
}

/// It is: nobody removes it while it is open.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_it_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let held = Lock::take(&path).unwrap().unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        assert!(path.exists(), "who was refused has taken nothing away");
        drop(held);
        assert!(!path.exists());
        // One that was killed leaves the file.
        std::fs::write(&path, "").unwrap();
        drop(Lock::take(&path).unwrap().unwrap());
        assert!(!path.exists());
        let error = Lock::take(&folder.path().join("none").join(".lock")).unwrap_err().to_string();
        assert!(error.contains(".lock: the folder") && error.contains("does not exist"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_removed_is_told_from_the_one_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let first = Lock::take(&path).unwrap().unwrap();
        let late = open(&path).unwrap();
        assert!(is_at(&late, &path));
        drop(first);
        assert!(!is_at(&late, &path));
        let _second = Lock::take(&path).unwrap().unwrap();
        late.try_lock().unwrap();
        assert!(!is_at(&late, &path), "it is locked, and locks nothing");
    }

    #[cfg(unix)]
    #[test]
    fn the_lock_that_another_has_in_the_place_of_a_folder_that_was_moved_stays() {
        let place = tempfile::tempdir().unwrap();
        let (folder, moved) = (place.path().join("run"), place.path().join("moved"));
        let path = folder.join(".lock");
        std::fs::create_dir(&folder).unwrap();
        let first = Lock::take(&path).unwrap().unwrap();
        std::fs::rename(&folder, &moved).unwrap();
        std::fs::create_dir(&folder).unwrap();
        let second = Lock::take(&path).unwrap().unwrap();
        drop(first);
        assert!(path.exists() && Lock::take(&path).unwrap().is_none(), "two would have it");
        drop(second);
        assert!(!path.exists());
        // What went with the folder keeps nobody out.
        assert!(Lock::take(&moved.join(".lock")).unwrap().is_some());
    }

    /// Several after the same file, which comes and goes.
    #[test]
    fn nobody_gets_one_that_was_just_removed() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let (holders, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        let Some(held) = Lock::take(&path).unwrap() else { continue };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two have it");
                        taken.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        holders.fetch_sub(1, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        assert!(taken.into_inner() > 0 && !path.exists());
    }
}

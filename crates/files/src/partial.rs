//! A file that grows under a name of its own, over several runs if need be, and gets its real name when it is complete.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// What there is so far of a file, as `photo.zip.part` beside the place of `photo.zip`.
///
/// It stays when it is dropped, so that a later run can go on with it. One process at a time has it.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    growing: PathBuf,
    file: File,
    length: u64,
}

impl Partial {
    /// Opens what an earlier run left of `path`, or begins it.
    ///
    /// # Errors
    /// The folder is missing or read-only, or another process has the file.
    pub fn open(path: &Path) -> Result<Self> {
        let growing = beside(path, ".part");
        let failed = |doing: &'static str| {
            let growing = growing.clone();
            move |source: std::io::Error| Error::new(doing, &growing, source)
        };
        // Windows locks nothing that is open to be appended to alone.
        let opened = OpenOptions::new().create(true).read(true).append(true).open(&growing);
        let file = opened.map_err(failed("create"))?;
        match file.try_lock() {
            // Some network drives know no locks; two processes at once are rare enough there.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                let busy = std::io::Error::other("another process is writing it: wait until it is done");
                return Err(failed("write")(busy));
            }
        }
        let length = file.metadata().map_err(failed("read"))?.len();
        Ok(Self { path: path.to_path_buf(), growing, file, length })
    }

    /// Bytes that there are so far.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is nothing yet.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Where it grows, to be read.
    pub fn growing(&self) -> &Path {
        &self.growing
    }

    /// Puts `bytes` at the end.
    ///
    /// # Errors
    /// The disk is full.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::new("write", &self.growing, e))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Drops everything that there is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn restart(&mut self) -> Result<()> {
        self.file.set_len(0).map_err(|e| Error::new("write", &self.growing, e))?;
        self.length = 0;
        Ok(())
    }

    /// Gives it up: nothing stays.
    ///
    /// # Errors
    /// The folder is read-only.
    pub fn discard(self) -> Result<()> {
        let Self { growing, file, .. } = self;
        drop(file);
        crate::remove(&growing)
    }

    /// Gives the file its real name.
    ///
    /// # Errors
    /// The disk is full, or the name is that of a folder.
    pub fn finish(self) -> Result<()> {
        let Self { path, growing, file, .. } = self;
        file.sync_all().map_err(|e| Error::new("write", &growing, e))?;
        drop(file);
        std::fs::rename(&growing, &path).map_err(|e| Error::new("rename a finished file to", &path, e))
    }
}

/// `path` with `ending` after its whole name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_over_runs_and_appears_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.h5");
        let mut first = Partial::open(&path).unwrap();
        first.append(b"half ").unwrap();
        drop(first);
        assert!(!path.exists());

        let mut second = Partial::open(&path).unwrap();
        assert_eq!(second.len(), 5);
        second.append(b"and half").unwrap();
        second.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"half and half");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn it_can_begin_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.h5");
        let mut partial = Partial::open(&path).unwrap();
        partial.append(b"wrong and long").unwrap();
        partial.restart().unwrap();
        assert!(partial.is_empty());
        partial.append(b"right").unwrap();
        partial.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"right");
    }

    #[test]
    fn it_can_be_given_up() {
        let folder = tempfile::tempdir().unwrap();
        Partial::open(&folder.path().join("weights.h5")).unwrap().discard().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_process_at_a_time_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.h5");
        let held = Partial::open(&path).unwrap();
        let message = Partial::open(&path).unwrap_err().to_string();
        assert!(message.contains("another process") && message.contains("weights.h5.part"), "{message}");
        drop(held);
        Partial::open(&path).unwrap();
    }
}

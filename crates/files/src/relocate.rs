//! Moves a file to another place, also on another disk, and never over anything.

use std::io::{Error as IoError, ErrorKind};
use std::path::Path;

use crate::{Error, Result, UNFINISHED, create_folder, folder_of};

/// Moves the file at `from` to `to`; the folders above `to` are made where they are missing. A link is moved, not what
/// it leads to. On another disk it is copied whole first, and then taken away here.
///
/// # Errors
/// There is something at `to`; a folder is read-only, or the disk is full. The file is then where it was.
pub fn relocate(from: &Path, to: &Path) -> Result<()> {
    create_folder(folder_of(to))?;
    if to.symlink_metadata().is_ok() {
        let there = IoError::new(ErrorKind::AlreadyExists, "there is something of that name already");
        return Err(Error::new("move a file to", to, there));
    }
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => copy_over(from, to),
        renamed => renamed.map_err(|error| Error::new("move", from, error)),
    }
}

fn copy_over(from: &Path, to: &Path) -> Result<()> {
    let failed = |error: IoError| Error::new("copy to another disk", from, error);
    let mut source = std::fs::File::open(from).map_err(failed)?;
    let permissions = source.metadata().map_err(failed)?.permissions();
    let mut copy = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder_of(to)).map_err(failed)?;
    std::io::copy(&mut source, copy.as_file_mut()).map_err(failed)?;
    copy.as_file().set_permissions(permissions).map_err(failed)?;
    copy.as_file().sync_all().map_err(failed)?;
    copy.persist_noclobber(to).map_err(|error| Error::new("move a file to", to, error.error))?;
    std::fs::remove_file(from).map_err(|error| Error::new("remove", from, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_moved_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.png"), folder.path().join("new/deep/a.png"));
        std::fs::write(&from, "picture").unwrap();
        relocate(&from, &to).unwrap();
        assert!(!from.exists());
        std::fs::write(&from, "another").unwrap();
        let message = relocate(&from, &to).unwrap_err().to_string();
        assert!(message.contains("already") && message.contains("a.png"), "{message}");
        assert_eq!(std::fs::read(&to).unwrap(), b"picture");
        assert_eq!(std::fs::read(&from).unwrap(), b"another");
        assert!(relocate(&folder.path().join("none"), &folder.path().join("b")).is_err());
    }

    #[test]
    fn a_copy_to_another_disk_is_whole_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.png"), folder.path().join("b.png"));
        std::fs::write(&from, "picture").unwrap();
        copy_over(&from, &to).unwrap();
        assert_eq!((std::fs::read(&to).unwrap(), from.exists()), (b"picture".to_vec(), false));
        std::fs::write(&from, "another").unwrap();
        assert!(copy_over(&from, &to).is_err());
        assert_eq!(std::fs::read(&to).unwrap(), b"picture");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

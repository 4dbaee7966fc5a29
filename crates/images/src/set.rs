//! One door for everything that a set of pictures may be.

use std::path::Path;

use crate::listing_file::is_listing;
use crate::tfrecord::{is_tfrecord, read_tfrecords};
use crate::{Columns, Error, ErrorKind, Listing, Result, read_folder, read_listing};

/// Lists the pictures of the set at `path`: a folder as [`read_folder`] takes it, a listing as [`read_listing`] does, or
/// TFRecord files as [`read_tfrecords`] does.
///
/// # Errors
/// As those two; and `columns` are given for a folder, which has none.
pub fn read_set(path: &Path, columns: &Columns) -> Result<Listing> {
    if is_tfrecord(path) {
        return without_columns(path, columns).and_then(|()| read_tfrecords(path));
    }
    let is_file = path.is_file();
    if is_file && !is_listing(path) {
        return Err(Error::new(
            ErrorKind::Missing,
            format!(
                "{} is a file and no listing: give a folder that holds one folder of pictures per class, a .csv, .json \
                 or .jsonl that names pictures and their labels, or .tfrecord files",
                path.display()
            ),
        ));
    }
    match is_file {
        true => read_listing(path, columns),
        false => without_columns(path, columns).and_then(|()| read_folder(path)),
    }
}

fn without_columns(path: &Path, columns: &Columns) -> Result<()> {
    match *columns == Columns::default() {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{} is no listing, so it has no columns: leave out what is said of them",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_folder_nor_listing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path, columns: &Columns| read_set(path, columns).unwrap_err().to_string();
        let photo = folder.path().join("cat.jpg");
        std::fs::write(&photo, "").unwrap();
        assert!(refused(&photo, &Columns::default()).contains("is a file and no listing"));
        let columns = Columns { label: Some("label".into()), ..Columns::default() };
        assert!(refused(folder.path(), &columns).contains("is no listing, so it has no columns"));
        assert!(refused(&folder.path().join("none.csv"), &Columns::default()).contains("can't read"));
    }
}

//! How a set lies on the disk, which says what can be done about its pictures.

use std::path::Path;

use images::Listing;

/// Where pictures are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// Files in class folders.
    Folder,
    /// Files that a listing names.
    Listing,
    /// Records in TFRecord files.
    Records,
}

impl Storage {
    /// Of `listing`, of the set at `data`.
    pub(crate) fn of(data: &Path, listing: &Listing) -> Self {
        let is_record =
            |(_, samples): (_, &[images::Sample])| samples.iter().any(|sample| sample.record.is_some());
        match listing.parts().any(is_record) {
            true => Self::Records,
            false if data.is_dir() => Self::Folder,
            false => Self::Listing,
        }
    }
}

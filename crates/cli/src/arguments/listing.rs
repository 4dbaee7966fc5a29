//! What says how a listing is read, of every command that reads one.

use std::path::PathBuf;

use clap::Args;

/// What a listing's columns mean.
#[derive(Debug, Args)]
pub(crate) struct ListingColumns {
    /// Of a listing: the column of the picture's file, a name or a position from 1 [default: what it is usually called]
    #[arg(long, value_name = "COLUMN")]
    path_column: Option<String>,
    /// Of a listing: the column of the label [default: what it is usually called]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,
    /// Of a listing: the column of the part: train, val or test [default: what it is usually called]
    #[arg(long, value_name = "COLUMN")]
    split_column: Option<String>,
    /// Of a listing: where its files are [default: beside it]
    #[arg(long, value_name = "DIR")]
    image_folder: Option<PathBuf>,
}

impl ListingColumns {
    pub(crate) fn columns(&self) -> images::Columns {
        images::Columns {
            path: self.path_column.clone(),
            label: self.label_column.clone(),
            split: self.split_column.clone(),
            group: None,
            folder: self.image_folder.clone(),
        }
    }
}

//! Bringing files that others published: from packages through their clients, and over HTTP.

mod checksum;
#[cfg(feature = "download")]
mod download;
#[cfg(not(feature = "download"))]
#[path = "fetch/no_download.rs"]
mod download;
mod package;
#[cfg(test)]
#[cfg(feature = "download")]
pub(crate) mod server;

pub(crate) use checksum::{hex, verify};
pub(crate) use download::Download;
pub(crate) use package::{Client, Package};

/// No file that is fetched may be larger: 1 GiB.
pub(crate) const MOST_BYTES: u64 = 1 << 30;

//! In the place of downloads in a program that was built without them.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use zoo::Checksum;

use crate::{Error, ErrorKind, Observer, Result};

/// A file that would be fetched.
pub(crate) struct Download<'a> {
    /// What it is, for messages.
    pub(crate) what: &'a str,
    /// Its address.
    pub(crate) address: &'a str,
    /// What its bytes must give.
    #[expect(dead_code, reason = "there are no bytes")]
    pub(crate) checksum: Option<Checksum>,
    /// It may not be larger.
    #[expect(dead_code, reason = "there are no bytes")]
    pub(crate) most_bytes: u64,
}

impl Download<'_> {
    /// Fails, and says why.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn to(&self, _: &Path, _: &mut Observer, _: &AtomicBool) -> Result<()> {
        let Self { what, address, .. } = self;
        let message = format!("cannot fetch {what} ({address}): this program was built without downloads");
        Err(Error::new(ErrorKind::Fetch, message))
    }
}

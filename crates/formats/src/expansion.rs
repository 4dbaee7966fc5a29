//! How much compressed data may grow: weights barely compress, bombs do.

use crate::{Error, Result};

/// Growth below this is never looked at.
const FREE_BYTES: u64 = 64 << 20;
/// Beyond it, real weights grow by a tenth; a bomb by up to a thousand.
const MOST_TIMES: u64 = 20;

/// The most bytes that `stored` ones may become.
pub(crate) fn most(stored: u64) -> u64 {
    stored.saturating_mul(MOST_TIMES).saturating_add(FREE_BYTES)
}

/// Fails where `stored` bytes claim to become too many.
pub(crate) fn check(expanded: u64, stored: u64) -> Result<()> {
    match most(stored) {
        most if expanded > most => Err(Error::too_large(format!(
            "{stored} stored bytes claim to hold {expanded}; at most {most} are read"
        ))),
        _ => Ok(()),
    }
}

//! Where things are: the repository's root, and what cargo builds.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The folder that cargo builds in, such as `target`: two above this program.
pub(crate) fn target() -> Result<PathBuf> {
    let this = std::env::current_exe().context("cannot tell where this program is")?;
    let target =
        this.ancestors().nth(2).context("this program is not in cargo's target folder; run `cargo xtask`")?;
    Ok(target.to_owned())
}

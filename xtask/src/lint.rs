//! `cargo xtask lint`: tidy, rustfmt and clippy.

use anyhow::Result;

use crate::format::{Unformatted, format};
use crate::process::{cargo, run};
use crate::steps::Steps;
use crate::tidy::tidy;
use crate::workspace;

/// All three, on the whole workspace.
pub(crate) fn lint() -> Result<()> {
    let mut steps = Steps::new("lint");
    let result = add_to(&mut steps);
    steps.finish(result)
}

/// The same as steps of a longer chore.
pub(crate) fn add_to(steps: &mut Steps) -> Result<()> {
    steps.step("tidy", || tidy(&workspace::root()))?;
    steps.step("rustfmt", || format(Unformatted::Refuse))?;
    steps.step("clippy", || {
        run(&mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
    })
}

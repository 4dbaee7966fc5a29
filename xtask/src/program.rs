//! The program that users run, in its optimized build.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::process::{cargo, run};
use crate::workspace;

/// Builds it and says where it is.
///
/// # Errors
/// It does not build.
pub(crate) fn build() -> Result<PathBuf> {
    run(&mut cargo(["build", "--release", "--package", "linnaeus-cli"]))?;
    let program =
        workspace::target()?.join("release").join(format!("linnaeus{}", std::env::consts::EXE_SUFFIX));
    ensure!(program.is_file(), "cargo built no {}", program.display());
    Ok(program)
}

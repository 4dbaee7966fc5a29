//! `cargo xtask fmt`: rustfmt over every file that git tracks. `cargo fmt` does not see modules that a macro declares,
//! and the project's lists are such macros.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{tracked, workspace};

/// What becomes of a file that is not formatted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unformatted {
    /// It is written anew.
    Write,
    /// It is shown, and is an error.
    Refuse,
}

/// So many files that a command line takes them on every system.
const FILES_PER_CALL: usize = 200;

/// Has rustfmt read every Rust file of the project.
///
/// # Errors
/// There is no rustfmt or no git, a file does not parse, or it is not formatted and refused.
pub(crate) fn format(unformatted: Unformatted) -> Result<()> {
    let root = workspace::root();
    let mut files = tracked::files(&root)?;
    files.retain(|path| path.ends_with(".rs"));
    let check: &[&str] = if unformatted == Unformatted::Refuse { &["--check"] } else { &[] };
    for files in files.chunks(FILES_PER_CALL) {
        let mut rustfmt = Command::new(std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into()));
        let status = rustfmt.current_dir(&root).args(check).args(files).status();
        if !status.context("cannot start rustfmt; install it with `rustup component add rustfmt`")?.success()
        {
            bail!("rustfmt finds fault with these files; `cargo xtask fmt` formats them");
        }
    }
    println!("rustfmt: {} files", files.len());
    Ok(())
}

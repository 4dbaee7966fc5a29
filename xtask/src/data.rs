//! `cargo xtask data`: data sets to measure on, fetched with the ordinary clients. The food photos are the product's
//! own job: `linnaeus demo` fetches them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::run;
use crate::{venv, workspace};

const PACKAGE: &str = "dataset-fashion-mnist";

/// Fashion-MNIST in `target/`, fetched now if it is not there yet.
///
/// # Errors
/// As [`fashion_mnist`].
pub(crate) fn cached_fashion_mnist() -> Result<PathBuf> {
    let folder = workspace::target()?.join("fashion-mnist");
    match folder.exists() {
        true => println!("reusing {}", folder.display()),
        false => fashion_mnist(&folder)?,
    }
    Ok(folder)
}

/// Fashion-MNIST (MIT licence) from Debian's package, as `folder/{train,test}/<class>/<number>.png`.
///
/// # Errors
/// This is no Debian (nor a child of it), the package cannot be fetched, or `folder` is there already.
pub(crate) fn fashion_mnist(folder: &Path) -> Result<()> {
    ensure!(!folder.exists(), "{} is there already: name a new folder", folder.display());
    let python = venv::KERAS.python()?;
    let work = workspace::target()?.join(PACKAGE);
    std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    run(Command::new("apt-get").args(["download", PACKAGE]).current_dir(&work))
        .with_context(|| format!("{PACKAGE} comes as a package of Debian; try `apt-get update` first"))?;
    let package = std::fs::read_dir(&work)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .with_context(|| format!("apt-get left no package in {}", work.display()))?;
    run(Command::new("dpkg").arg("--extract").args([&package, &work]))?;
    let arrays = work.join("usr/share/datasets/fashion-mnist");
    let script = workspace::root().join("xtask/python/fashion_mnist.py");
    run(Command::new(python).args([&script, &arrays]).arg(folder))?;
    std::fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))
}

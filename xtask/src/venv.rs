//! A virtual environment with the judges of our files: Keras on TensorFlow, h5py and Pillow.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::process::run;
use crate::workspace;

const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// Written into the environment when it is complete: the requirements that it meets.
const STAMP: &str = "requirements.txt";
/// The oldest Python that TensorFlow's wheels are made for.
const OLDEST: (u32, u32) = (3, 10);

/// The environment's Python; makes the environment first, unless one that meets the same requirements is there.
///
/// It lies in `target/venv`, or where `LINNAEUS_TEST_VENV` says.
///
/// # Errors
/// There is no Python that is new enough, or no pip, or the packages cannot be fetched.
pub(crate) fn python() -> Result<PathBuf> {
    let folder = match std::env::var_os("LINNAEUS_TEST_VENV") {
        Some(folder) => workspace::root().join(folder),
        None => workspace::target()?.join("venv"),
    };
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join(STAMP);
    if std::fs::read_to_string(&stamp).is_ok_and(|met| met == REQUIREMENTS) && works(&python) {
        println!("reusing {}", folder.display());
        return Ok(python);
    }
    make(&folder, &python)?;
    std::fs::write(&stamp, REQUIREMENTS).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

fn make(folder: &Path, python: &Path) -> Result<()> {
    println!("making {}: about 1 GB, once", folder.display());
    let system = system_python()?;
    run(Command::new(&system).args(["-m", "venv", "--clear"]).arg(folder)).with_context(|| {
        format!("`{system} -m venv` does not work; install Python's venv and pip (Debian: apt-get install python3-venv)")
    })?;
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements);
    run(&mut pip).context("pip could not install Keras and TensorFlow; is there a network, and 1 GB of disk?")
}

/// The first of the usual names that is a Python new enough.
pub(crate) fn system_python() -> Result<String> {
    let mut found = String::new();
    for name in ["python3", "python"] {
        let script = "import sys; print(sys.version_info.major, sys.version_info.minor)";
        let Ok(Output { status, stdout, .. }) = Command::new(name).args(["-c", script]).output() else {
            continue;
        };
        let printed = String::from_utf8_lossy(&stdout).trim().to_owned();
        if status.success() && version(&printed).is_some_and(|version| version >= OLDEST) {
            return Ok(name.to_owned());
        }
        found = format!(" (found: {name} {printed})");
    }
    let (major, minor) = OLDEST;
    bail!(
        "the tests need Python {major}.{minor} or newer with pip and venv{found}; install it, then run this again"
    )
}

fn version(printed: &str) -> Option<(u32, u32)> {
    let (major, minor) = printed.split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn works(python: &Path) -> bool {
    Command::new(python).args(["-c", "import h5py"]).output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("3 9").unwrap() < OLDEST);
        assert!(version("3 11").unwrap() >= OLDEST);
        assert_eq!(version("Python"), None);
    }
}

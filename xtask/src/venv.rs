//! Virtual environments of Python: one with the judges of our files,
//! and one for each program that ours is compared with.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

use crate::process::run;
use crate::workspace;

/// Written into an environment that was made here when it is complete: the requirements that it meets.
const STAMP: &str = "requirements.txt";
/// The oldest Python that the wheels are made for.
const OLDEST: (u32, u32) = (3, 10);

/// What an environment holds and where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Environment {
    /// What people call its packages.
    pub(crate) holds: &'static str,
    /// Its folder in `target/`.
    pub(crate) folder: &'static str,
    /// The environment variable that names another folder.
    pub(crate) variable: &'static str,
    /// The file of requirements, in `xtask/`.
    pub(crate) requirements: &'static str,
    /// A line of Python that fails where something is missing.
    pub(crate) check: &'static str,
}

/// The judges of our files, and a peer of our speed.
pub(crate) const KERAS: Environment = Environment {
    holds: "Keras on TensorFlow",
    folder: "venv",
    variable: "LINNAEUS_TEST_VENV",
    requirements: "requirements.txt",
    check: "import h5py, keras, PIL",
};

impl Environment {
    /// The environment's Python; makes the environment first, unless it is there.
    ///
    /// A folder that the variable names is taken as it is if it passes the check, and is never emptied.
    ///
    /// # Errors
    /// The folder that the variable names lacks something; or there is no Python that is new enough, or no pip, or the
    /// packages cannot be fetched.
    pub(crate) fn python(&self) -> Result<PathBuf> {
        match std::env::var_os(self.variable).map(|folder| workspace::root().join(folder)) {
            Some(given) if given.exists() => {
                let (python, Self { variable, check, .. }) = (interpreter(&given), self);
                let works = answers(&python, check);
                ensure!(
                    works,
                    "{variable} names {}, where `{check}` fails: unset it, or install",
                    given.display()
                );
                Ok(python)
            }
            Some(given) => self.made(&given),
            None => self.made(&workspace::target()?.join(self.folder)),
        }
    }

    /// The Python in `folder`, which is made (anew) unless it meets the requirements as they are today.
    fn made(&self, folder: &Path) -> Result<PathBuf> {
        let requirements = workspace::root().join("xtask").join(self.requirements);
        let wanted = std::fs::read_to_string(&requirements)
            .with_context(|| format!("cannot read {}", requirements.display()))?;
        let (python, stamp) = (interpreter(folder), folder.join(STAMP));
        if std::fs::read_to_string(&stamp).is_ok_and(|met| met == wanted) && answers(&python, self.check) {
            println!("reusing {}", folder.display());
            return Ok(python);
        }
        self.make(folder, &python, &requirements)?;
        std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(python)
    }

    fn make(&self, folder: &Path, python: &Path, requirements: &Path) -> Result<()> {
        println!("making {}, once: {}", folder.display(), self.holds);
        let system = system_python()?;
        run(Command::new(&system).args(["-m", "venv", "--clear"]).arg(folder)).with_context(|| {
            format!("`{system} -m venv` does not work; install Python's venv and pip (Debian: apt-get install python3-venv)")
        })?;
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(requirements);
        run(&mut pip)
            .with_context(|| format!("pip could not install {}; is there a network, and disk?", self.holds))
    }
}

fn interpreter(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// Whether `python` runs this line without an error.
fn answers(python: &Path, line: &str) -> bool {
    Command::new(python).args(["-c", line]).output().is_ok_and(|output| output.status.success())
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

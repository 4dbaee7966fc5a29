//! Asking the real Keras.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{above_this_test, start};

/// Runs a script of `tests/python` with these arguments and gives back the last line that it printed.
#[track_caller]
pub fn keras<S: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = S>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let outcome = start(Command::new(python()).arg(path).args(arguments)).finish().succeeds();
    outcome.stdout.lines().last().unwrap_or_default().to_owned()
}

/// `LINNAEUS_TEST_PYTHON`, else that of the environment that `cargo xtask test interop` makes.
fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("LINNAEUS_TEST_PYTHON") {
        return PathBuf::from(python);
    }
    let python =
        above_this_test(3).join("venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let advice =
        "run `cargo xtask test interop`, which makes it, or name a Python with Keras in LINNAEUS_TEST_PYTHON";
    assert!(python.exists(), "there is no {}: {advice}", python.display());
    python
}

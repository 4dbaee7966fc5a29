//! Asking the real Keras and the real PyTorch.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{above_this_test, start};

/// Runs a script of `tests/python` with these arguments in Keras's environment and gives back the last line that it
/// printed.
#[track_caller]
pub fn keras<S: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = S>) -> String {
    run(&KERAS, script, arguments)
}

/// As [`keras`], in PyTorch's environment.
#[track_caller]
pub fn torch<S: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = S>) -> String {
    run(&TORCH, script, arguments)
}

/// A Python with a library.
struct Environment {
    /// Its folder in `target/`, where `cargo xtask test` makes it.
    folder: &'static str,
    /// The variable that names another Python.
    variable: &'static str,
    /// What makes it.
    advice: &'static str,
}

const KERAS: Environment = Environment {
    folder: "venv",
    variable: "LINNAEUS_TEST_PYTHON",
    advice: "run `cargo xtask test interop`, which makes it, or name a Python with Keras in LINNAEUS_TEST_PYTHON",
};

const TORCH: Environment = Environment {
    folder: "venv-torch",
    variable: "LINNAEUS_TEST_TORCH_PYTHON",
    advice: "run `cargo xtask test torch`, which makes it, or name a Python with PyTorch, torchvision and timm in \
             LINNAEUS_TEST_TORCH_PYTHON",
};

#[track_caller]
fn run<S: AsRef<OsStr>>(
    environment: &Environment,
    script: &str,
    arguments: impl IntoIterator<Item = S>,
) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let outcome = start(Command::new(python(environment)).arg(path).args(arguments)).finish().succeeds();
    outcome.stdout.lines().last().unwrap_or_default().to_owned()
}

/// The Python that the variable names, else that of the environment in `target/`.
fn python(environment: &Environment) -> PathBuf {
    if let Some(python) = std::env::var_os(environment.variable) {
        return PathBuf::from(python);
    }
    let interpreter = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = above_this_test(3).join(environment.folder).join(interpreter);
    assert!(python.exists(), "there is no {}: {}", python.display(), environment.advice);
    python
}

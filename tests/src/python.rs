//! Asking the real Keras and the real PyTorch.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

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

/// A script of `tests/python` that answers a JSON object a line with one; it ends with this value.
pub struct Dialogue {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Dialogue {
    /// Starts the script.
    #[track_caller]
    pub fn start(script: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
        let mut command = Command::new(python(&KERAS));
        command.arg(path).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python starts");
        let orders = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { process, orders, answers }
    }

    /// What the script answers; an error that it met is an `Err`.
    pub fn ask(&mut self, order: &Value) -> Result<Value, String> {
        let mut line = String::new();
        writeln!(self.orders, "{order}").map_err(|e| format!("{order}: {e}"))?;
        self.answers.read_line(&mut line).map_err(|e| format!("{order}: {e}"))?;
        let answer: Value = serde_json::from_str(&line).map_err(|e| format!("{order}: {line:?}: {e}"))?;
        match answer.get("error") {
            Some(error) => Err(format!("{order}: {error}")),
            None => Ok(answer),
        }
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        // A script that is still at work when a test fails has nobody to work for.
        self.process.kill().ok();
        self.process.wait().ok();
    }
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

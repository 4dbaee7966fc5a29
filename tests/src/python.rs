//! Asking the real Keras.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::program::{above_this_test, start};

/// Runs a script of `tests/python` with these arguments and gives back the last line that it printed.
#[track_caller]
pub fn keras<S: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = S>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let outcome = start(Command::new(python()).arg(path).args(arguments)).finish().succeeds();
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
        let mut command = Command::new(python());
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

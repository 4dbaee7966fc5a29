//! How the program ends: 0, 1 when something failed, 2 when it was used wrongly.

use std::process::ExitCode;

/// Prints what went wrong, if anything, and gives the exit status.
pub(crate) fn status(done: anyhow::Result<ExitCode>) -> ExitCode {
    let error = match done {
        Ok(code) => return code,
        Err(error) => error,
    };
    eprintln!("linnaeus: {error:#}");
    let is_usage = |e: &workflow::Error| e.kind() == workflow::ErrorKind::Usage;
    ExitCode::from(if error.downcast_ref::<workflow::Error>().is_some_and(is_usage) { 2 } else { 1 })
}

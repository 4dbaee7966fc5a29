//! How the program ends: 0, 1 when something failed, 2 when it was used wrongly: when what was written cannot be, as an
//! unknown option, a value out of its range, a file, folder or column that is not there, a set without class folders or of
//! one class, or a file where a folder is to be written. What is there and cannot be used, as a damaged file, is a failure;
//! so is a picture among those to predict, for the others are answered.

use std::process::ExitCode;

use crate::output;

/// Says what went wrong, if anything, and gives the exit status.
pub(crate) fn status(done: anyhow::Result<ExitCode>) -> ExitCode {
    let error = match done {
        Ok(code) => return code,
        Err(error) => error,
    };
    let broken_pipe = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    if error.downcast_ref::<std::io::Error>().is_some_and(broken_pipe) {
        // Whoever read the output, such as `head`, has seen enough.
        return ExitCode::SUCCESS;
    }
    output::tell(format_args!("linnaeus: {}", format!("{error:#}").replace('\n', "\n  ")));
    let is_usage = |e: &workflow::Error| e.kind() == workflow::ErrorKind::Usage;
    ExitCode::from(if error.downcast_ref::<workflow::Error>().is_some_and(is_usage) { 2 } else { 1 })
}

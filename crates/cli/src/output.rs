//! Standard output for results, standard error for everything else.

use std::io::Write;

/// How a command gives its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For machines: `--json`.
    Json,
}

/// Prints a result and a line end.
///
/// # Errors
/// Standard output is closed or full; [`crate::exit::status`] knows what to do.
pub(crate) fn result(text: impl std::fmt::Display) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    Ok(stdout.flush()?)
}

/// Tells a person something. Nobody listening is no reason to lose the work.
pub(crate) fn tell(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

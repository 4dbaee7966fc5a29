//! Running other programs: their output goes to the terminal, their failure says how to repeat it.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Cargo itself, to be run at the root.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace::root());
    command
}

/// Runs `command` to its end.
///
/// # Errors
/// It cannot be started, or it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let variables = variables.map(|(name, value)| format!("{}={}", name.display(), value.display()));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let program = |word: &std::ffi::OsStr| {
        let path = std::path::Path::new(word);
        let cargo = path.file_stem().is_some_and(|stem| stem == "cargo");
        if cargo { "cargo".to_owned() } else { word.display().to_string() }
    };
    variables.chain(words.map(program)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_how_to_repeat_it() {
        let mut command = cargo(["no-such-command"]);
        command.env("COLOUR", "never").stderr(std::process::Stdio::null());
        let error = run(&mut command).unwrap_err().to_string();
        assert!(error.starts_with("`COLOUR=never cargo no-such-command` failed: exit status"), "{error}");
    }
}

//! A package brought through its ordinary client, pip or npm, and checked by its SHA-256.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{MOST_BYTES, checksum};
use crate::{Error, ErrorKind, Result};

/// A package to fetch.
pub(crate) struct Package<'a> {
    /// What it is, for messages.
    pub(crate) what: &'a str,
    /// The client and its name for people.
    pub(crate) client: Client,
    /// Name and version as the client writes them.
    pub(crate) requirement: &'a str,
    /// In hexadecimal.
    pub(crate) sha256: &'a str,
}

/// A package client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Pip,
    Npm,
}

impl Client {
    /// The commands to try, in turn.
    fn commands(self, requirement: &str) -> Vec<Vec<String>> {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        match self {
            Self::Pip => ["python3", "python"]
                .map(|python| {
                    words(&[
                        python,
                        "-m",
                        "pip",
                        "download",
                        "--no-deps",
                        "--quiet",
                        "--dest",
                        ".",
                        requirement,
                    ])
                })
                .to_vec(),
            Self::Npm => vec![words(&["npm", "pack", "--silent", requirement])],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pip => "Python with pip",
            Self::Npm => "npm",
        }
    }
}

impl Package<'_> {
    /// The package's bytes, checked.
    ///
    /// # Errors
    /// The client is not installed, cannot fetch it, or what came is something else.
    pub(crate) fn fetch(&self) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir()
            .map_err(|e| Error::new(ErrorKind::File, format!("cannot create a temporary folder: {e}")))?;
        self.run_client(folder.path())?;
        let path = self.only_file(folder.path())?;
        let size = std::fs::metadata(&path).map_or(0, |m| m.len());
        if size > MOST_BYTES {
            return Err(self.failed(&format!("it has {size} bytes, more than {MOST_BYTES}")));
        }
        let bytes = std::fs::read(&path).map_err(|e| self.failed(&e.to_string()))?;
        let found = checksum::sha256(&bytes);
        if found != self.sha256 {
            let message =
                format!("its SHA-256 is {found}, expected {}: it is not the published file", self.sha256);
            return Err(self.failed(&message));
        }
        Ok(bytes)
    }

    fn run_client(&self, folder: &Path) -> Result<()> {
        for words in self.client.commands(self.requirement) {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).current_dir(folder).stdin(Stdio::null());
            match command.output() {
                Ok(output) if output.status.success() => return Ok(()),
                Ok(output) => {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let last = said
                        .lines()
                        .rev()
                        .find(|line| !line.trim().is_empty())
                        .unwrap_or("it gave no reason");
                    let advice = "is the network reachable?";
                    return Err(self.failed(&format!(
                        "`{}` failed: {}; {advice}",
                        words.join(" "),
                        last.trim()
                    )));
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(self.failed(&e.to_string())),
            }
        }
        let client = self.client.name();
        Err(self
            .failed(&format!("{client} is not installed, and it is what fetches the package: install it")))
    }

    fn only_file(&self, folder: &Path) -> Result<PathBuf> {
        let entries = std::fs::read_dir(folder).map_err(|e| self.failed(&e.to_string()))?;
        let mut paths = entries.filter_map(|entry| entry.ok().map(|e| e.path()));
        paths.next().ok_or_else(|| self.failed(&format!("{} brought no file", self.client.name())))
    }

    fn failed(&self, why: &str) -> Error {
        Error::new(ErrorKind::Fetch, format!("cannot fetch {} ({}): {why}", self.what, self.requirement))
    }
}

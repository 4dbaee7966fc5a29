//! The files of the project: what git tracks, and what it would track.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Their paths from `root`, with `/`, in git's order.
///
/// # Errors
/// There is no git, or `root` is in no repository.
pub(crate) fn files(root: &Path) -> Result<Vec<String>> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("cannot run `git ls-files`, which says which files belong to the project; install git")?;
    ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let text = String::from_utf8_lossy(&listed.stdout);
    // A file that is deleted but still in the index, or a link to nowhere, is not there to be read.
    Ok(text.split_terminator('\0').filter(|path| root.join(path).is_file()).map(str::to_owned).collect())
}

/// 16 digits that are others when one of the files that `counts` accepts is another, is gone, or is new.
///
/// # Errors
/// As [`files`]; or a file cannot be read.
pub(crate) fn fingerprint(root: &Path, counts: impl Fn(&str) -> bool) -> Result<String> {
    let mut paths = files(root)?;
    paths.retain(|path| counts(path));
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        let bytes = std::fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        (path, bytes).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn a_fingerprint_tells_trees_apart() {
        let root = workspace::root();
        let of = |folder: &'static str| fingerprint(&root, |path| path.starts_with(folder)).unwrap();
        assert_eq!(of("xtask/"), of("xtask/"));
        assert_ne!(of("xtask/"), of("crates/files/"));
        assert!(files(&root).unwrap().contains(&"xtask/src/tracked.rs".to_owned()));
    }
}

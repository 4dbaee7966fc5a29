//! The most memory that a process and its children had, from Linux's `/proc`, alike for every program.
//!
//! Of the process itself the kernel keeps the peak of the resident pages (`VmHWM`), so that a short peak is seen by a
//! later look; only one after the last look, at the very end, goes unseen. While it has children, as loaders with
//! worker processes do, the proportional set sizes (`Pss`) of all of them are added up: a page that n of them share
//! counts 1/n in each, so once in all.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Looking for children, which reads about every process of the machine, may take one part in this many of the time.
const CHILDREN_SHARE: u32 = 50;
/// At the end of a run, the last of this many parts of it may go unseen.
const PARTS: u32 = 100;
const LEAST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Looks at the process `root` and its children until they have `ended`. `None` where there is no `/proc`.
pub(super) fn watch(root: u32, ended: &AtomicBool) -> Option<u64> {
    let begun = Instant::now();
    let mut children_due = begun;
    let mut peak = None;
    while !ended.load(Ordering::Relaxed) {
        peak = peak.max(kibibytes(root, "status", "VmHWM:"));
        let looked = Instant::now();
        if looked >= children_due {
            peak = peak.max(with_children(root));
            children_due = looked + looked.elapsed() * CHILDREN_SHARE;
        }
        std::thread::park_timeout((begun.elapsed() / PARTS).clamp(LEAST_PAUSE, LONGEST_PAUSE));
    }
    peak.map(|kibibytes| kibibytes * 1024)
}

/// What the root and its children have together at this moment, in KiB; `None` if it has no children.
fn with_children(root: u32) -> Option<u64> {
    let children = descendants(root, &parents());
    // One that ends in between no longer has any.
    let shares = children.iter().chain([&root]).filter_map(|id| kibibytes(*id, "smaps_rollup", "Pss:"));
    (!children.is_empty()).then(|| shares.sum())
}

/// The value of a line of `/proc/<id>/<file>`.
fn kibibytes(id: u32, file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(PathBuf::from(format!("/proc/{id}/{file}"))).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Every process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| Some((id, parent(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?)))
        .collect()
}

/// The fourth field of `stat`, after a name in parentheses that may itself have spaces and parentheses.
fn parent(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

/// The children of `root`, their children, and so on.
fn descendants(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(id, of)| *of == parent && *id != root).map(|(id, _)| id));
        next += 1;
    }
    found.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_processes_may_hold_anything() {
        assert_eq!(parent("812 (sh) S 7 812 812 0"), Some(7));
        assert_eq!(parent("812 (a) b (c) S 9 812"), Some(9));
        assert_eq!(parent("812"), None);
    }

    #[test]
    fn children_of_children_belong_to_the_tree() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 3)];
        assert_eq!(descendants(2, &parents), [3, 4, 6]);
        assert_eq!(descendants(5, &parents), [] as [u32; 0]);
    }
}

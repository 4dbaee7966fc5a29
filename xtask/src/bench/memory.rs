//! The most memory that a process and its children had, from Linux's `/proc`, alike for every program.
//!
//! Of the process itself the kernel keeps the peak of the resident pages (`VmHWM`), so nothing is missed. While it has
//! children, as loaders with worker processes do, the proportional set sizes (`Pss`) of all of them are added up: a page
//! that n of them share counts 1/n in each, so once in all.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Looking may take one part in this many of the time.
const SHARE_OF_TIME: u32 = 50;
const LEAST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Looks at the process `root` and its children until they have `ended`. `None` where there is no `/proc`.
pub(super) fn watch(root: u32, ended: &AtomicBool) -> Option<u64> {
    let mut peak = None;
    while !ended.load(Ordering::Relaxed) {
        let begun = Instant::now();
        peak = peak.max(bytes_now(root));
        let pause = (begun.elapsed() * SHARE_OF_TIME).clamp(LEAST_PAUSE, LONGEST_PAUSE);
        std::thread::park_timeout(pause);
    }
    peak
}

/// The greater of the root's own peak so far, and of what it has together with its children at this moment.
fn bytes_now(root: u32) -> Option<u64> {
    let own = kibibytes(root, "status", "VmHWM:")? * 1024;
    let tree = descendants(root, &parents());
    if tree.is_empty() {
        return Some(own);
    }
    // A process that ends in between no longer has any.
    let shares = tree.iter().chain([&root]).filter_map(|id| kibibytes(*id, "smaps_rollup", "Pss:"));
    Some(own.max(shares.sum::<u64>() * 1024))
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

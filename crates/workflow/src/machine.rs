//! How much memory this process may take, as the system tells (Linux): the machine's, or that of its control group.

use crate::Size;

/// Where control groups of the second and of the first version have their limit.
const LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
/// Where the system tells nothing.
const UNKNOWN: usize = 4 << 30;

/// The limit where none is given: three quarters of the memory there is.
pub(crate) fn default_limit() -> Size {
    let there_is = [physical(), control_group()].into_iter().flatten().min();
    let limit = there_is.map_or(UNKNOWN, |bytes| bytes / 4 * 3);
    // In whole MiB, which is what a person reads in the recipe.
    Size::bytes((limit >> 20).max(1) << 20)
}

fn physical() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

fn control_group() -> Option<usize> {
    let text = LIMITS.iter().find_map(|path| std::fs::read_to_string(path).ok())?;
    text.trim().parse().ok()
}

//! The machine that figures were taken on, in words.

/// As `Intel(R) Xeon(R) Processor, 2 threads, 23 GB of memory`, as far as the system tells.
pub(super) fn description() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    describe(&read("/proc/cpuinfo"), threads, &read("/proc/meminfo"))
}

fn describe(cpuinfo: &str, threads: usize, meminfo: &str) -> String {
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = value(cpuinfo, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = value(meminfo, "MemTotal").and_then(|total| total.strip_suffix(" kB")?.parse::<u64>().ok());
    let memory =
        memory.map(|kibibytes| format!(", {} GB of memory", (kibibytes * 1024).div_ceil(1_000_000_000)));
    format!("{processor}, {threads} threads{}", memory.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_tell_is_left_out() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU\nmodel name\t: Some CPU\n";
        let told = describe(cpuinfo, 2, "MemTotal:       16384000 kB\nMemFree: 1 kB\n");
        assert_eq!(told, "Some CPU, 2 threads, 17 GB of memory");
        assert_eq!(describe("", 4, ""), format!("{}, 4 threads", std::env::consts::ARCH));
    }
}

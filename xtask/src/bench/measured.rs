//! One run of a program: how long it took, the most memory that it had, and what it printed.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::memory;

/// Lines of a failed program's complaint that are worth showing.
const LAST_LINES: usize = 15;

/// What one run gave.
#[derive(Debug)]
pub(super) struct Measured {
    /// From before the process was started to its end.
    pub(super) seconds: f64,
    /// Of the process and its children together; `None` where the system does not tell.
    pub(super) peak_bytes: Option<u64>,
    /// Its standard output.
    pub(super) output: String,
}

impl Measured {
    /// Runs `command` to its end.
    ///
    /// # Errors
    /// It cannot be started, or it fails; the end of what it complained of is in the message.
    pub(super) fn run(command: &mut Command) -> Result<Self> {
        let program = command.get_program().display().to_string();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        let (id, ended) = (child.id(), AtomicBool::new(false));
        let (output, seconds, peak_bytes) = std::thread::scope(|scope| {
            let watch = scope.spawn(|| memory::watch(id, &ended));
            let output = child.wait_with_output();
            let seconds = begun.elapsed().as_secs_f64();
            ended.store(true, Ordering::Relaxed);
            watch.thread().unpark();
            (output, seconds, watch.join().ok().flatten())
        });
        let Output { status, stdout, stderr } =
            output.with_context(|| format!("cannot wait for {program}"))?;
        let complaint = String::from_utf8_lossy(&stderr);
        ensure!(status.success(), "{program}: {status}\n{}", last_lines(&complaint));
        Ok(Self { seconds, peak_bytes, output: String::from_utf8_lossy(&stdout).into_owned() })
    }

    /// The JSON that ends the output: from the last line that begins with a brace.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn json(&self) -> Result<Value> {
        let begins_a_line = |at: &usize| self.output[..*at].is_empty() || self.output[..*at].ends_with('\n');
        let start = self.output.rmatch_indices('{').map(|(at, _)| at).find(begins_a_line);
        let text = start.map_or("", |at| &self.output[at..]);
        serde_json::from_str(text)
            .with_context(|| format!("the output does not end in JSON:\n{}", last_lines(&self.output)))
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(output: &str) -> Measured {
        Measured { seconds: 0.0, peak_bytes: None, output: output.to_owned() }
    }

    #[test]
    fn the_json_at_the_end_counts() {
        assert_eq!(printed("warming up {1}\n{\"a\": 1}\n").json().unwrap()["a"], 1);
        assert_eq!(printed("{\"a\": 1}\n{\n  \"a\": {\n    \"b\": 2\n  }\n}\n").json().unwrap()["a"]["b"], 2);
        for none in ["", "a\n", "{\"a\": 1}\nbut then\n"] {
            assert!(printed(none).json().is_err(), "{none:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_run_is_timed_and_a_failure_quotes_the_complaint() {
        let run = Measured::run(Command::new("sh").args(["-c", "sleep 0.2; echo '{}'"])).unwrap();
        assert!(run.seconds >= 0.2, "{}", run.seconds);
        assert_eq!(run.output, "{}\n");
        let error = Measured::run(Command::new("sh").args(["-c", "echo no disk >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().ends_with("no disk"), "{error}");
    }

    /// The shell has a child that holds 64 MiB more than itself.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_of_children_counts() {
        let holds = "x=$(head -c 67108864 /dev/zero | tr '\\0' x); sleep 0.2";
        // Children are looked for more rarely, the busier the machine is.
        let child = format!("sh -c \"{}; sleep 2\"; true", holds.replace('$', "\\$"));
        for script in [holds, &child] {
            let run = Measured::run(Command::new("sh").args(["-c", script])).unwrap();
            let peak = run.peak_bytes.unwrap();
            assert!((64 << 20..512 << 20).contains(&peak), "{script}: {peak}");
        }
    }
}

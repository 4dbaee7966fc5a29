//! Running the binary as a user does, with a limit on its time.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than any of these runs may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(600);
/// Names the cache of weights and photos.
const CACHE: &str = "LINNAEUS_HOME";
const PAUSE: Duration = Duration::from_millis(10);

/// How a run ended and what it said.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status; `None` if a signal ended it.
    pub status: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said on the side.
    pub stderr: String,
    /// The most memory that it had, in bytes, as last seen before its end; 0 where the system does not tell.
    pub peak_memory: u64,
}

/// Runs the binary with these arguments to its end.
pub fn linnaeus<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Outcome {
    start(Command::new(program()).args(arguments)).finish()
}

/// A training on the set at `data`, which leaves a run at `out`, with these options, to be started.
pub fn training(data: &Path, out: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.arg("train").arg(data).arg("--out").arg(out).args(options);
    command
}

/// Runs such a training to its end.
pub fn train(data: &Path, out: &Path, options: &[&str]) -> Outcome {
    start(&mut training(data, out, options)).finish()
}

/// Goes on with the run at `run`, to its end.
pub fn resume(run: &Path) -> Outcome {
    linnaeus(["train".as_ref(), "--resume".as_ref(), run.as_os_str()])
}

/// Runs a shell script that finds the binary in `$LINNAEUS` and these arguments in `$@`.
pub fn linnaeus_in_shell<S: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = S>) -> Outcome {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).args(arguments).env("LINNAEUS", program());
    start(&mut shell).finish()
}

/// A run that goes on while the test looks.
pub struct Running {
    child: Child,
    stdout: Output,
    stderr: Output,
    deadline: Instant,
}

/// What is read from one stream so far, and the thread that reads it.
struct Output {
    /// A piece may end within a character, so that it is text as a whole alone.
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// Starts `command` with the tests' cache unless it names another, and reads what it says.
pub fn start(command: &mut Command) -> Running {
    if !command.get_envs().any(|(variable, _)| variable == CACHE) {
        command.env(CACHE, home());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
    let stdout = Output::of(child.stdout.take().unwrap());
    let stderr = Output::of(child.stderr.take().unwrap());
    Running { child, stdout, stderr, deadline: Instant::now() + LIMIT }
}

impl Output {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                written.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bytes, reader }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn all(self) -> String {
        self.reader.join().unwrap();
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

impl Running {
    /// Waits until `enough` holds of what it said so far, on both streams together.
    pub fn wait_for(&mut self, enough: impl Fn(&str) -> bool) {
        loop {
            let said = self.stdout.so_far() + &self.stderr.so_far();
            if enough(&said) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "it ended too early, having said:\n{said}");
            self.pause(&said);
        }
    }

    /// Sends it the signal of this name, as `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Outcome {
        let mut peak_memory = 0;
        let status = loop {
            peak_memory = peak_memory.max(self.peak_memory().unwrap_or(0));
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => self.pause(&self.stderr.so_far()),
            }
        };
        Outcome { status: status.code(), stdout: self.stdout.all(), stderr: self.stderr.all(), peak_memory }
    }

    /// The most memory that it had so far, in bytes (Linux).
    fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
    }

    fn pause(&mut self, said: &str) {
        if Instant::now() > self.deadline {
            let _ = self.child.kill();
            panic!("it did not end within {LIMIT:?}, having said:\n{said}");
        }
        std::thread::sleep(PAUSE);
    }
}

impl Outcome {
    /// It succeeded.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.status, Some(0), "{self}");
        self
    }

    /// It ended with `status`, did not panic, and its message contains each of `words`.
    #[track_caller]
    pub fn fails(self, status: i32, words: &[&str]) -> Self {
        assert_eq!(self.status, Some(status), "{self}");
        assert!(!self.stderr.contains("panicked"), "{self}");
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in the message\n{self}");
        }
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{self}"))
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {:?}\nstdout:\n{}\nstderr:\n{}", self.status, self.stdout, self.stderr)
    }
}

/// The binary: `LINNAEUS_TEST_PROGRAM`, else built now in the profile of these tests.
pub fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var_os("LINNAEUS_TEST_PROGRAM") {
        Some(program) => PathBuf::from(program),
        None => build(),
    })
}

/// The binary's cache of weights and photos, kept from run to run: `target/test-home`.
pub fn home() -> PathBuf {
    above_this_test(3).join("test-home")
}

/// This test is `target/<profile>/deps/<name>`; the folder so many steps up.
pub(crate) fn above_this_test(steps: usize) -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(steps).unwrap().to_owned()
}

fn build() -> PathBuf {
    let folder = above_this_test(2);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--package", "linnaeus-cli"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success(), "{cargo:?} failed; or name a binary in LINNAEUS_TEST_PROGRAM");
    folder.join(format!("linnaeus{}", std::env::consts::EXE_SUFFIX))
}

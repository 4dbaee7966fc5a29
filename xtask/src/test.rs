//! `cargo xtask test`: everything that must pass, from a machine with Rust, Python and npm and nothing else prepared.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::process::{cargo, run};
use crate::steps::Steps;
use crate::{bench, lint, program, venv};

/// What can be tested apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Tidy, rustfmt and clippy.
    Lint,
    /// Every crate's own tests, those of the arithmetic with each instruction set.
    Unit,
    /// The real binary, and files, against the real Keras.
    Interop,
    /// Files of the real PyTorch. Its environment takes some 6 GB, so this part runs where it is named only.
    Torch,
    /// The real binary from the command line to the run's folder.
    EndToEnd,
}

impl Part {
    const ALL: [(&str, Self); 5] = [
        ("lint", Self::Lint),
        ("unit", Self::Unit),
        ("e2e", Self::EndToEnd),
        ("interop", Self::Interop),
        ("torch", Self::Torch),
    ];

    /// The parts of these names, all but PyTorch's if there are none; the error names one that is unknown.
    pub(crate) fn parse(names: &[&str]) -> Result<Vec<Self>, String> {
        if names.is_empty() {
            let all = Self::ALL.iter().map(|(_, part)| *part);
            return Ok(all.filter(|part| *part != Self::Torch).collect());
        }
        names
            .iter()
            .map(|name| {
                let part = Self::ALL.iter().find(|(known, _)| known == name).map(|(_, part)| *part);
                part.ok_or_else(|| format!("test: there is no part `{name}`"))
            })
            .collect()
    }
}

/// Runs the parts in turn and stops at the first step that fails.
pub(crate) fn test(parts: &[Part]) -> Result<()> {
    let mut steps = Steps::new("test");
    let result = run_parts(&mut steps, parts);
    steps.finish(result)
}

fn run_parts(steps: &mut Steps, parts: &[Part]) -> Result<()> {
    if [Part::Interop, Part::Torch, Part::EndToEnd].iter().any(|part| parts.contains(part)) {
        steps.step("look for Python, pip and npm", look_for_clients)?;
    }
    for part in parts {
        match part {
            Part::Lint => lint::add_to(steps)?,
            Part::Unit => unit(steps)?,
            Part::EndToEnd => end_to_end(steps)?,
            Part::Interop => interop(steps)?,
            Part::Torch => torch(steps)?,
        }
    }
    Ok(())
}

/// The binary fetches published weights and photos with pip and npm, and the tests let it.
fn look_for_clients() -> Result<()> {
    let python = venv::system_python()?;
    let answers = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    ensure!(answers(&python, &["-m", "pip", "--version"]), "`{python} -m pip` does not work; install pip");
    ensure!(
        answers("npm", &["--version"]),
        "npm is not installed; install it (it fetches the photos of foods)"
    );
    Ok(())
}

fn unit(steps: &mut Steps) -> Result<()> {
    steps.step("unit and doc tests", || {
        run(&mut cargo(["test", "--workspace", "--exclude", "linnaeus-tests", "--no-fail-fast"]))
    })?;
    for isa in lower_instruction_sets() {
        steps.step(&format!("arithmetic with LINNAEUS_ISA={isa}"), || {
            let arguments = ["test", "--package", "linnaeus-kernels", "--package", "linnaeus-engine"];
            run(cargo(arguments).env("LINNAEUS_ISA", isa))
        })?;
    }
    Ok(())
}

/// Those that this machine has below its best, with which everything ran already.
fn lower_instruction_sets() -> &'static [&'static str] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        return &["portable", "avx2"];
    }
    &["portable"]
}

fn end_to_end(steps: &mut Steps) -> Result<()> {
    let program = steps.step("build the binary", program::build)?;
    steps.step("end to end", || run(&mut on_program(&program, &END_TO_END)))
}

fn interop(steps: &mut Steps) -> Result<()> {
    let python = steps.step("Keras in a virtual environment", || venv::KERAS.python())?;
    let program = steps.step("build the binary", program::build)?;
    steps.step("interop with Keras", || {
        let mut tests = on_program(&program, &WITH_KERAS);
        run(tests.env("LINNAEUS_TEST_PYTHON", &python).args(["--", "--skip", WITH_TORCH]))
    })
}

fn torch(steps: &mut Steps) -> Result<()> {
    let python = steps.step("PyTorch in a virtual environment", || bench::TORCH.python())?;
    let program = steps.step("build the binary", program::build)?;
    steps.step("interop with PyTorch", || {
        let mut tests = on_program(&program, &["interop"]);
        run(tests.env("LINNAEUS_TEST_TORCH_PYTHON", &python).args(["--", WITH_TORCH]))
    })
}

/// In the names of the tests that need PyTorch.
const WITH_TORCH: &str = "of_pytorch";

/// The files of `tests/` that need nothing but the binary.
const END_TO_END: [&str; 21] = [
    "augmentation",
    "bad_input",
    "callbacks",
    "commands",
    "demo",
    "disk",
    "doctor",
    "folds",
    "interrupt",
    "listings",
    "memory",
    "one_process",
    "pretrained",
    "resume",
    "same_seed",
    "sittings",
    "stages",
    "training",
    "tune",
    "weights",
    "workflow",
];
/// Those that ask the real Keras.
const WITH_KERAS: [&str; 2] = ["interop", "zoo"];

/// `cargo test` of these files of `tests/`, on what users run: the optimized build.
pub(crate) fn on_program(program: &Path, files: &[&str]) -> Command {
    let mut command = cargo(["test", "--package", "linnaeus-tests", "--no-fail-fast"]);
    command.args(files.iter().flat_map(|file| ["--test", file]));
    command.env("LINNAEUS_TEST_PROGRAM", program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn every_file_of_tests_is_run() {
        let manifest = std::fs::read_to_string(workspace::root().join("tests/Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let files = manifest["test"].as_array().unwrap().iter();
        let files: Vec<_> = files.map(|file| file["name"].as_str().unwrap()).collect();
        let mut run = [&END_TO_END[..], &WITH_KERAS].concat();
        run.sort_unstable();
        assert_eq!(files, run);
    }

    #[test]
    fn parts_are_chosen_by_name() {
        assert_eq!(Part::parse(&["interop", "unit"]), Ok(vec![Part::Interop, Part::Unit]));
        assert_eq!(Part::parse(&["interp"]), Err("test: there is no part `interp`".to_owned()));
        let unnamed = Part::parse(&[]).unwrap();
        assert_eq!(unnamed, [Part::Lint, Part::Unit, Part::EndToEnd, Part::Interop]);
    }

    #[test]
    fn every_file_of_end_to_end_tests_is_run() {
        let folder = workspace::root().join("tests");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
            .collect();
        found.sort();
        let mut run = [&END_TO_END[..], &WITH_KERAS].concat();
        run.sort_unstable();
        assert_eq!(found, run);
    }
}

//! `cargo xtask golden`: what the judges say, written anew: of the zoo's networks into `crates/zoo/tests` (their layers
//! and tensors as lines in `data`, what they compute in `golden/networks`), of optimizers, schedules, losses, metrics
//! and callbacks into `crates/train/golden`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::run;
use crate::steps::Steps;
use crate::venv::{self, Environment, KERAS};
use crate::{bench, workspace};

const FOLDER: &str = "crates/zoo/tests";
/// Writes lines, and says which networks each library has.
const LINES: &str = "data/golden.py";

/// The part that is named like a network, and what it is made with.
const TRAIN: &str = "train";
const TRAIN_FOLDER: &str = "crates/train/golden";
const TRAIN_SCRIPTS: [(&str, &Environment); 2] = [("make.py", &KERAS), ("make_torch.py", &bench::TORCH)];

/// A library that builds networks.
struct Judge {
    /// As [`LINES`] calls it.
    name: &'static str,
    environment: &'static Environment,
    /// Writes what the networks compute: those of the named ones that it judges, or all of them.
    numbers: &'static str,
}

const JUDGES: [Judge; 2] = [
    Judge { name: "keras", environment: &KERAS, numbers: "golden/python/keras_networks.py" },
    Judge { name: "torch", environment: &bench::TORCH, numbers: "golden/python/torch_networks.py" },
];

/// Lets the judges write down the networks of these names and the numbers of `train` if it is named, or everything (an
/// hour).
pub(crate) fn golden(names: &[&str]) -> Result<()> {
    let mut steps = Steps::new("golden");
    let networks: Vec<&str> = names.iter().copied().filter(|name| *name != TRAIN).collect();
    let result = parts(&mut steps, names, &networks);
    steps.finish(result)
}

fn parts(steps: &mut Steps, names: &[&str], networks: &[&str]) -> Result<()> {
    if names.is_empty() || names.contains(&TRAIN) {
        for (script, environment) in TRAIN_SCRIPTS {
            let python = steps.step(environment.holds, || environment.python())?;
            let script = workspace::root().join(TRAIN_FOLDER).join(script);
            steps.step(TRAIN, || run(Command::new(python).arg(script)))?;
        }
    }
    if names.is_empty() || !networks.is_empty() { judge(steps, networks) } else { Ok(()) }
}

fn judge(steps: &mut Steps, names: &[&str]) -> Result<()> {
    let folder = workspace::root().join(FOLDER);
    let known = known(&folder)?;
    let has = |judge: &Judge, name: &str| {
        known[judge.name].as_array().is_some_and(|names| names.iter().any(|known| known == name))
    };
    for name in names {
        ensure!(
            JUDGES.iter().any(|judge| has(judge, name)),
            "no judge knows {name}: {FOLDER}/golden/python/families.py and {FOLDER}/{LINES} list what they know"
        );
    }
    for judge in JUDGES {
        if !names.is_empty() && !names.iter().any(|name| has(&judge, name)) {
            continue;
        }
        let python = steps.step(judge.environment.holds, || judge.environment.python())?;
        let script = |path: &str| {
            let mut command = Command::new(&python);
            command.arg(folder.join(path));
            command
        };
        steps.step("layers", || run(script(LINES).arg(judge.name).args(names)))?;
        steps.step("numbers", || run(script(judge.numbers).args(names)))?;
    }
    Ok(())
}

/// The names of the networks that each library has; no library is needed to tell.
fn known(folder: &Path) -> Result<Value> {
    let mut command = Command::new(venv::system_python()?);
    let output = command.arg(folder.join(LINES)).arg("names").output().context("cannot start Python")?;
    ensure!(output.status.success(), "{LINES} names: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).with_context(|| format!("what {LINES} says of names"))
}

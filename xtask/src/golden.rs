//! `cargo xtask golden`: what the judges compute, written anew: of the zoo's networks into `crates/zoo/tests/golden/networks`,
//! of optimizers, schedules, losses, metrics and callbacks into `crates/train/golden`.

use std::process::Command;
use std::time::SystemTime;

use anyhow::{Result, ensure};

use crate::process::run;
use crate::steps::Steps;
use crate::venv::{Environment, KERAS};
use crate::{bench, workspace};

const FOLDER: &str = "crates/zoo/tests/golden";
/// The scripts, and what runs them. Each computes those of the named networks that it knows, or all that it knows.
const JUDGES: [(&str, &Environment); 2] =
    [("keras_networks.py", &KERAS), ("torch_networks.py", &bench::TORCH)];

/// The part that is named like a network, and what it is made with.
const TRAIN: &str = "train";
const TRAIN_FOLDER: &str = "crates/train/golden";
const TRAIN_SCRIPTS: [(&str, &Environment); 2] = [("make.py", &KERAS), ("make_torch.py", &bench::TORCH)];

/// Lets the judges compute the networks of these names and the numbers of `train` if it is named, or everything (an hour).
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
    let began = SystemTime::now();
    let folder = workspace::root().join(FOLDER);
    for (script, environment) in JUDGES {
        let python = steps.step(environment.holds, || environment.python())?;
        let script = folder.join("python").join(script);
        steps.step("networks", || run(Command::new(python).arg(script).args(names)))?;
    }
    for name in names {
        let written = std::fs::metadata(folder.join("networks").join(name).with_extension("json"));
        let is_new = written.and_then(|file| file.modified()).is_ok_and(|time| time >= began);
        ensure!(is_new, "no judge knows {name}: the scripts in {FOLDER}/python list what they know");
    }
    Ok(())
}

//! `cargo xtask golden`: what the judges of the zoo's networks compute, written anew into `crates/zoo/tests/golden/networks`.

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

/// Lets the judges compute the networks of these names, or all networks (an hour).
pub(crate) fn golden(names: &[&str]) -> Result<()> {
    let mut steps = Steps::new("golden");
    let result = judge(&mut steps, names);
    steps.finish(result)
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

//! `cargo xtask check`: whole runs that must reach a figure, too long for every change.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::run;
use crate::steps::Steps;
use crate::test::on_program;
use crate::{data, program, workspace};

/// What `small_cnn` must reach on Fashion-MNIST's 10,000 test pictures.
const FASHION_ACCURACY: f64 = 0.90;

/// Trains `small_cnn` on Fashion-MNIST for 3 epochs.
pub(crate) fn fashion() -> Result<()> {
    let mut steps = Steps::new("check fashion");
    let result = fashion_steps(&mut steps);
    steps.finish(result)
}

fn fashion_steps(steps: &mut Steps) -> Result<()> {
    let target = workspace::target()?;
    let out = target.join("check-fashion");
    let pictures = steps.step("fetch Fashion-MNIST", data::cached_fashion_mnist)?;
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let program = steps.step("build the binary", program::build)?;
    steps.step("train small_cnn for 3 epochs", || {
        let mut train = Command::new(program);
        train.arg("train").arg(&pictures).arg("--out").arg(&out);
        run(train.args([
            "--base",
            "small_cnn",
            "--epochs",
            "3",
            "--image-size",
            "28",
            "--color-mode",
            "grayscale",
        ]))
    })?;
    let accuracy = test_accuracy(&out)?;
    println!("test accuracy {accuracy:.4}, at least {FASHION_ACCURACY} is wanted");
    ensure!(accuracy >= FASHION_ACCURACY, "test accuracy {accuracy:.4} is below {FASHION_ACCURACY}");
    Ok(())
}

/// How often `kills` kills each of its runs.
const KILLS: &str = "50";

/// Kills runs at 50 random moments each, goes on with them, and compares the bits: a run of two stages with
/// augmentation, mixtures, averaged weights and a rate that falls on a plateau; one by blocks; and several starts.
pub(crate) fn kills() -> Result<()> {
    let mut steps = Steps::new("check kills");
    let result = kill_steps(&mut steps);
    steps.finish(result)
}

fn kill_steps(steps: &mut Steps) -> Result<()> {
    let program = steps.step("build the binary", program::build)?;
    steps.step("kill and go on", || {
        let mut tests = on_program(&program, &["resume", "stages"]);
        run(tests.env("LINNAEUS_KILLS", KILLS).args([
            "--",
            "--nocapture",
            "kill",
            "goes_on_in_any",
            "starts",
        ]))
    })
}

/// `test.accuracy` of a run's `result.json`.
fn test_accuracy(run: &Path) -> Result<f64> {
    let path = run.join("result.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let result: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
    result["test"]["accuracy"]
        .as_f64()
        .with_context(|| format!("{} has no test.accuracy: {text}", path.display()))
}

//! `cargo xtask check`: whole runs that must reach a figure, too long for every change.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, run};
use crate::steps::Steps;
use crate::{data, workspace};

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
    let (pictures, out) = (target.join("fashion-mnist"), target.join("check-fashion"));
    if !pictures.exists() {
        steps.step("fetch Fashion-MNIST", || data::fashion_mnist(&pictures))?;
    }
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    steps
        .step("build the binary", || run(&mut cargo(["build", "--release", "--package", "linnaeus-cli"])))?;
    steps.step("train small_cnn for 3 epochs", || {
        let mut train = Command::new(target.join("release/linnaeus"));
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

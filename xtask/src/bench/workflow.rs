//! The whole job on real photos, from class folders to a tested model, beside the same recipe in PyTorch.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::comparison::Comparison;
use super::figure::{Figure, Place, Unit};
use super::measured::Measured;
use super::peers::TORCH;
use super::workbench::Workbench;

const EPOCHS: &str = "10";

/// What it is called in the table.
pub(super) const TASK: &str = "Head on frozen EfficientNet-Lite0, 247 photos, 10 epochs";

/// The photos of foods and a model that knows them.
#[derive(Clone)]
pub(super) struct Food {
    /// With `train/` and `test/`.
    pub(super) photos: PathBuf,
    /// A run's folder.
    pub(super) run: PathBuf,
}

impl Food {
    /// Lets the demo run for one epoch, which fetches photos and weights where they are not here yet.
    ///
    /// # Errors
    /// The demo fails.
    pub(super) fn prepare(workbench: &Workbench) -> Result<Self> {
        let run = workbench.folder.join("food");
        if run.exists() {
            std::fs::remove_dir_all(&run).with_context(|| format!("cannot remove {}", run.display()))?;
        }
        let words = ["demo", "--epochs", "1", "--out"].map(OsStr::new);
        let mut demo = workbench.ours(words.into_iter().chain([run.as_os_str()]));
        let result = Measured::run(&mut demo.command)?.json()?;
        let photos =
            result["recipe"]["data"].as_str().context("the demo does not say where its photos are")?;
        Ok(Self { photos: photos.into(), run })
    }
}

/// The demo: EfficientNet-Lite0 with ImageNet weights, frozen, ten epochs with augmentation.
pub(super) fn comparisons(workbench: &mut Workbench) -> Result<Vec<Comparison>> {
    let photos = workbench.food()?.photos.clone();
    let run = workbench.folder.join("workflow");
    let words = ["demo", "--epochs", EPOCHS, "--out"].map(OsStr::new);
    let mut ours = workbench.ours(words.into_iter().chain([run.as_os_str()]));
    ours.leaves = Some(run);
    let arguments = [photos.as_os_str(), OsStr::new(EPOCHS)];
    let torch = workbench.peer("PyTorch", &TORCH, "torch_workflow.py", arguments);
    Ok(vec![Comparison {
        task: TASK.into(),
        figures: vec![
            Figure { name: "whole job", unit: Unit::Seconds, place: Place::WallTime },
            Figure { name: "test accuracy", unit: Unit::Accuracy, place: Place::Output("/test/accuracy") },
        ],
        rounds_per_run: 1,
        ours,
        peers: torch.into_iter().collect(),
    }])
}

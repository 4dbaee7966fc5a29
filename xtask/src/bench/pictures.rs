//! Reading pictures, with no network: JPEGs of 800 × 600 to batches of 224 × 224, beside tf.data and torchvision.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::comparison::Comparison;
use super::figure::{Figure, Place, Unit};
use super::peers::TORCH;
use super::workbench::Workbench;
use crate::process::run;
use crate::venv::KERAS;
use crate::workspace;

/// What it is called in the table.
pub(super) const TASK: &str = "JPEGs of 800 × 600";

/// Enough that the fastest pass takes long enough to be timed, and few enough to stay in the system's memory.
const COUNT: &str = "720";

/// Without and with augmentation, in one process each.
pub(super) fn comparisons(workbench: &mut Workbench) -> Result<Vec<Comparison>> {
    let pictures = montages(workbench)?;
    let pictures = pictures.as_os_str();
    let ours = workbench.ours([OsStr::new("bench"), OsStr::new("pipeline"), pictures]);
    let peers = [
        workbench.peer("tf.data", &KERAS, "tensorflow_pictures.py", [pictures]),
        workbench.peer("torchvision", &TORCH, "torchvision_pictures.py", [pictures]),
    ];
    let figure =
        |name, pointer| Figure { name, unit: Unit::PicturesPerSecond, place: Place::Output(pointer) };
    Ok(vec![Comparison {
        task: TASK.into(),
        figures: vec![
            figure("decode, resize", "/plain_images_per_second"),
            figure("decode, resize, flip, rotate, zoom", "/augmented_images_per_second"),
        ],
        rounds_per_run: 1,
        ours,
        peers: peers.into_iter().flatten().collect(),
    }])
}

/// Made of the food photos, once.
fn montages(workbench: &mut Workbench) -> Result<PathBuf> {
    let folder = workbench.folder.join("jpegs-800x600");
    if !folder.exists() {
        let photos = workbench.food()?.photos.clone();
        let script = workspace::root().join("xtask/python/montages.py");
        run(Command::new(KERAS.python()?).arg(script).args([&photos, &folder]).arg(COUNT))?;
    }
    Ok(folder)
}

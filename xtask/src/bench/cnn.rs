//! The network that tutorials begin with, one epoch on Fashion-MNIST, beside Keras and PyTorch.

use std::ffi::OsStr;

use anyhow::Result;

use super::comparison::Comparison;
use super::figure::{Figure, Place, Unit};
use super::peers::TORCH;
use super::workbench::Workbench;
use crate::data;
use crate::venv::KERAS;

/// What it is called in the table.
pub(super) const TASK: &str = "Plain CNN on Fashion-MNIST";

/// `plain_cnn` is layer by layer what the scripts build; an epoch includes its validation, not reading the pictures.
pub(super) fn comparisons(workbench: &mut Workbench) -> Result<Vec<Comparison>> {
    let pictures = data::cached_fashion_mnist()?;
    let pictures = pictures.as_os_str();
    let run = workbench.folder.join("cnn");
    let recipe = ["--base", "plain_cnn", "--image-size", "28", "--color-mode", "grayscale"];
    let training = ["--epochs", "1", "--batch-size", "32", "--validation-split", "0.1", "--out"];
    let words = recipe.into_iter().chain(training).map(OsStr::new);
    let mut ours =
        workbench.ours([OsStr::new("train"), pictures].into_iter().chain(words).chain([run.as_os_str()]));
    ours.leaves = Some(run);
    let torch = |how| (format!("PyTorch {how}"), &TORCH, "torch_cnn.py", vec![pictures, OsStr::new(how)]);
    let peers =
        [("Keras".to_owned(), &KERAS, "keras_cnn.py", vec![pictures]), torch("eager"), torch("compile")];
    let peers =
        peers.map(|(name, python, script, arguments)| workbench.peer(&name, python, script, arguments));
    Ok(vec![Comparison {
        task: TASK.into(),
        figures: vec![
            Figure {
                name: "an epoch",
                unit: Unit::Seconds,
                place: Place::Output("/stages/0/epochs/0/seconds"),
            },
            Figure {
                name: "test accuracy after it",
                unit: Unit::Accuracy,
                place: Place::Output("/test/accuracy"),
            },
        ],
        rounds_per_run: 1,
        ours,
        peers: peers.into_iter().flatten().collect(),
    }])
}

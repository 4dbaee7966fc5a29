//! One file a subcommand.

pub(crate) mod bench;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod models;
pub(crate) mod pipeline;
pub(crate) mod predict;
pub(crate) mod profile;
pub(crate) mod train;
pub(crate) mod weights;

use std::path::{Path, PathBuf};

use workflow::{Classifier, Error, ErrorKind};
use zoo::Architecture;

use crate::output;

/// The architecture called `name`; an unknown one is wrong use.
fn architecture(name: &str) -> Result<&'static Architecture, Error> {
    zoo::find(name).map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))
}

/// The model file that `path` means: itself, or the best model of a run's folder.
fn model_file(path: &Path) -> Result<PathBuf, Error> {
    let file = if path.is_dir() { path.join("best.keras") } else { path.to_path_buf() };
    match file.is_file() {
        true => Ok(file),
        false => Err(Error::new(
            ErrorKind::Usage,
            format!(
                "there is no model {}: give a .keras file, a run's folder, or (to predict) the name of a network with published weights",
                file.display()
            ),
        )),
    }
}

/// Threads that compute: as asked for, else one a core.
fn threads(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// Prints `value` as JSON on standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    output::result(serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// Reads a model, and says what of it was left out.
fn load(file: &Path) -> Result<Classifier, Error> {
    let classifier = Classifier::load(file)?;
    classifier.left_out.iter().for_each(|left_out| output::tell(format_args!("note: {left_out}")));
    Ok(classifier)
}

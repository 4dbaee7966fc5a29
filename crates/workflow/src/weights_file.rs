//! Weights from a file of any format that is known, and what of it was taken.

use std::path::Path;

use formats::Which;
use graph::{Graph, Weights};
use report::{LoadedWeights, SkippedLayer};
use zoo::Architecture;

use crate::Result;

/// Fills `weights` of `graph`, a network of `architecture`, from `file`. Layers called as in `head` may be missing there
/// or of another shape, and then stay as they are.
///
/// # Errors
/// The file cannot be read, or is of another network; then `weights` are unchanged.
pub(crate) fn read_into(
    file: &Path,
    architecture: &Architecture,
    graph: &Graph,
    weights: &mut Weights,
    head: &[&str],
) -> Result<LoadedWeights> {
    let loaded = formats::read_into(file, graph, weights, Which::AllBut(head), architecture.torch_names)?;
    let skipped = loaded.skipped.into_iter().map(|(name, why)| SkippedLayer { name, why });
    Ok(LoadedWeights {
        file: file.display().to_string(),
        loaded: loaded.loaded,
        skipped: skipped.collect(),
    })
}

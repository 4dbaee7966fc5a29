//! Weights from a file of any format that is known, and what of it was taken.

use std::path::Path;

use formats::Which;
use formats::weights::{NO_NAMES, Names};
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
    let mut read = |names: Option<Names<'_>>| {
        formats::weights::read_into(file, graph, weights, Which::AllBut(head), names)
    };
    let loaded = match architecture.torch_names {
        [] => read(NO_NAMES)?,
        // Files that are not PyTorch's need no names, and the first way is as good as any for them.
        [first, others @ ..] => read(Some(first)).or_else(|error| {
            let another = others.iter().find_map(|names| read(Some(names)).ok());
            another.ok_or(error)
        })?,
    };
    let skipped = loaded.skipped.into_iter().map(|(name, why)| SkippedLayer { name, why });
    Ok(LoadedWeights {
        file: file.display().to_string(),
        loaded: loaded.loaded,
        skipped: skipped.collect(),
    })
}

//! Weights from a file of any format that is known, and what of it was taken.

use std::path::Path;

use formats::weights::{Format, NO_NAMES, Names};
use formats::{Matching, Which};
use graph::{Graph, Weights};
use report::{Found, LoadedWeights, SkippedLayer};
use serde_json::Value;
use zoo::{Architecture, InputScaling};

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
    let found = match loaded.matching {
        Matching::ByName => Found::ByName,
        Matching::ByOrder => Found::ByOrder,
    };
    let file = file.display().to_string();
    Ok(LoadedWeights { file, found, loaded: loaded.loaded, skipped: skipped.collect() })
}

/// How the weights in `file` want their pictures scaled, where that is not the way of `architecture`: those that were
/// trained in PyTorch bring PyTorch's.
pub(crate) fn scaling(file: &Path, architecture: &Architecture) -> Option<InputScaling> {
    let (own, torch) = (architecture.scaling, architecture.torch_scaling());
    // A file that cannot be read is refused where it is read into a network.
    let format = std::fs::File::open(file).ok().and_then(|file| formats::weights::recognise(file).ok())?;
    let is_of_torch = || match format {
        Format::Torch => true,
        Format::Safetensors => {
            let bytes = std::fs::read(file).unwrap_or_default();
            formats::safetensors::File::open(&bytes).is_ok_and(|file| !file.is_of_keras())
        }
        // Our own file of such weights.
        Format::Keras => has_layer(file, "normalization") && !has_layer(file, "centering"),
        _ => false,
    };
    (own != torch && is_of_torch()).then_some(torch)
}

/// Whether the model in a `.keras` file has a layer of this name.
fn has_layer(file: &Path, name: &str) -> bool {
    let config = formats::read_member(file, "config.json").ok();
    let config = config.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).unwrap_or_default();
    let layers = config.pointer("/config/layers").and_then(Value::as_array);
    layers
        .is_some_and(|layers| layers.iter().any(|layer| layer.pointer("/config/name") == Some(&name.into())))
}

//! Weights from a file of any format that is known, and what of it was taken.

use std::path::Path;

use formats::weights::{Format, NO_NAMES, Names};
use formats::{Loaded, Matching, Which};
use graph::{Graph, Weights};
use report::{Found, LoadedWeights, SkippedLayer};
use serde_json::Value;
use zoo::{Architecture, InputScaling};

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
) -> formats::Result<LoadedWeights> {
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
    Ok(for_report(file, loaded))
}

/// What was `loaded` from `file`, as a run's result says it.
pub(crate) fn for_report(file: &Path, loaded: Loaded) -> LoadedWeights {
    let skipped = loaded.skipped.into_iter().map(|(name, why)| SkippedLayer { name, why });
    let found = match loaded.matching {
        Matching::ByName => Found::ByName,
        Matching::ByOrder => Found::ByOrder,
    };
    let file = file.display().to_string();
    LoadedWeights { file, found, loaded: loaded.loaded, skipped: skipped.collect() }
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

#[cfg(test)]
mod tests {
    use graph::Op;

    use super::*;

    /// How a file of `torch.save` began before it was a zip: a pickle of this number, 0x1950a86a20f9469cfc6c.
    const TORCH: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

    #[test]
    fn weights_of_pytorch_bring_its_scaling_where_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let torch = folder.path().join("vgg16.pth");
        std::fs::write(&torch, TORCH).unwrap();
        let [vgg, lite] = ["vgg16", "efficientnet_lite0"].map(|name| zoo::find(name).unwrap());
        assert_eq!(scaling(&torch, vgg), Some(InputScaling::Torch));
        assert_eq!(scaling(&torch, lite), None);
        assert_eq!(scaling(&folder.path().join("missing"), vgg), None);
    }

    #[test]
    fn our_own_file_of_such_weights_brings_it_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("best.keras");
        let vgg = zoo::find("vgg16").unwrap();
        for (layer, expected) in [("normalization", Some(InputScaling::Torch)), ("centering", None)] {
            let mut graph = Graph::new("vgg16", "input", [8, 8, 3]).unwrap();
            let input = graph.input();
            let op = Op::Normalization { mean: vec![1.0; 3], variance: vec![1.0; 3] };
            graph.add(layer, op, &[input]).unwrap();
            formats::keras::write(&file, &graph, &Weights::zeros(&graph), None).unwrap();
            assert_eq!(scaling(&file, vgg), expected, "{layer}");
        }
    }
}

//! The numbers that are kept of a network: a file in `networks/`, written by the scripts in `python/`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// One network, as its judge computed it with what `formula` makes.
#[derive(Deserialize)]
pub(crate) struct Network {
    #[serde(skip)]
    pub(crate) name: String,
    /// The program that computed it.
    pub(crate) judge: String,
    /// Variance of kernels, times their fan.
    pub(crate) gain: f64,
    /// Deviation of what the first convolution reads.
    pub(crate) pixels: f64,
    /// How many parameters it has, without those of the input's scaling.
    pub(crate) parameters: usize,
    /// At its own size and at a small one.
    pub(crate) inference: Vec<Inference>,
    /// Of one member of each family.
    pub(crate) training: Option<Training>,
}

/// What comes of the first picture.
#[derive(Deserialize)]
pub(crate) struct Inference {
    pub(crate) input: [usize; 3],
    /// Layers, and mean and deviation of their outputs.
    pub(crate) stages: Vec<(String, f64, f64)>,
    pub(crate) logits: Logits,
}

#[derive(Deserialize)]
pub(crate) struct Logits {
    pub(crate) count: usize,
    /// Mean and deviation.
    pub(crate) figures: (f64, f64),
    pub(crate) first: Vec<f64>,
}

/// A training step with nothing dropped, in float64.
#[derive(Deserialize)]
pub(crate) struct Training {
    pub(crate) input: [usize; 3],
    pub(crate) pictures: usize,
    pub(crate) classes: usize,
    pub(crate) loss: f64,
    /// How far off the judge's own float32 is.
    pub(crate) float32_apart: Apart,
    /// The norm of each layer's gradients.
    pub(crate) gradients: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
pub(crate) struct Apart {
    pub(crate) loss: f64,
    pub(crate) gradients: f64,
}

/// All networks, in the order of their names.
pub(crate) fn networks() -> Vec<Network> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/networks");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Network {
    let text = std::fs::read_to_string(path).expect("a text");
    let network: Network = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
    Network { name: name.to_owned(), ..network }
}

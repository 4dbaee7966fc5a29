//! Keras's files: models as `.keras`, as text and as Keras 2's `.h5`; weights as `.weights.h5` and Keras 2's `.h5`.
//!
//! A `.keras` file is a zip of `config.json`, `model.weights.h5`, `metadata.json`, and our `linnaeus.json`, which Keras
//! ignores. Source: `keras.src.saving` of Keras 3.15.
//!
//! Any graph is written, as a flat functional model. Functional and sequential models of the layers that a graph
//! knows are read, with models in models; layers that act in training only are left out, and said. No code that a
//! file may hold is ever run.

mod config;
mod fields;
mod flatten;
mod glance;
mod group_name;
mod initializer;
mod layers;
mod legacy;
mod model;
mod number;
mod order;
mod store;
mod text;
mod weights_file;
mod weights_into;

use std::io::{Cursor, Read, Seek, Write};
use std::path::Path;

use graph::{Graph, Weights};
use serde_json::{Value, json};
use zip::result::ZipError;

use crate::archive::{Archive, ArchiveWriter};
use crate::hdf5::{self, File};
use crate::{Error, Result, whole_file};

pub use glance::Glance;
pub use order::of_graph as order_of_graph;
pub use text::{Architecture, from_json, to_json};

pub(crate) use group_name::group_class;
pub(crate) use weights_into::{from_hdf5 as weights_from_hdf5, from_keras as weights_from_keras};

/// The version whose files these are.
const KERAS_VERSION: &str = "3.15.1";

pub(crate) const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
pub(crate) const WEIGHTS: &str = "model.weights.h5";
const CARD: &str = "linnaeus.json";

/// No text member may be larger; real ones have about 1 kB a layer.
const MOST_TEXT_BYTES: u64 = 32 << 20;

/// What a file of a whole model holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// The model.
    pub graph: Graph,
    /// Its weights.
    pub weights: Weights,
    /// `linnaeus.json`, where the file has one.
    pub card: Option<Value>,
    /// What was left out since it acts in training only: layers, as "layer flip (RandomFlip) of model pets", and
    /// regularizers and constraints of layers.
    pub left_out: Vec<String>,
}

/// Reads the model at `path`, a `.keras` file or a whole model as Keras 2's `.h5`.
///
/// # Errors
/// The file cannot be read, is damaged, or holds a layer that no graph can: the message names it and its place.
pub fn read(path: &Path) -> Result<Contents> {
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    from_reader(file).map_err(|e| e.within(path.display()))
}

/// Reads a model from the bytes of its file.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<Contents> {
    from_reader(Cursor::new(bytes))
}

fn from_reader(mut reader: impl Read + Seek) -> Result<Contents> {
    let unread = |e: std::io::Error| Error::malformed(format!("cannot read it: {e}"));
    let mut start = Vec::new();
    reader.by_ref().take(hdf5::SIGNATURE.len() as u64).read_to_end(&mut start).map_err(unread)?;
    if start == hdf5::SIGNATURE {
        return from_hdf5(&whole_file::read(reader)?);
    }
    let mut archive = Archive::open(reader)?;
    let config = configuration(&mut archive)?;
    let card = json(&mut archive, CARD)?;
    let metadata = json(&mut archive, METADATA)?.unwrap_or_default();
    let version = metadata.get("keras_version").and_then(Value::as_str).unwrap_or_default();
    let weights = archive
        .member(WEIGHTS, u64::MAX)?
        .ok_or_else(|| Error::malformed(format!("{WEIGHTS} is missing")))?;
    let (graph, weights, left_out) = from_members(&config, version, &weights)?;
    Ok(Contents { graph, weights, card, left_out })
}

fn from_members(config: &Value, version: &str, weights: &[u8]) -> Result<(Graph, Weights, Vec<String>)> {
    let in_weights = |e: Error| e.within(WEIGHTS);
    let model = model::read(config, version)?;
    let store = store::Store::open(weights).map_err(in_weights)?;
    let flat = flatten::flatten(&model, &|place, _| store.figures(place).map_err(in_weights))?;
    let weights = store.weights(&flat.graph, &flat.sources).map_err(in_weights)?;
    Ok((flat.graph, weights, flat.left_out))
}

/// A whole model as Keras 2 wrote it.
fn from_hdf5(bytes: &[u8]) -> Result<Contents> {
    let file = File::open(bytes)?;
    let (config, version) = legacy::config(&file)?.ok_or_else(|| {
        Error::unsupported("this HDF5 file holds weights alone; give the architecture, and load them into it")
    })?;
    let model = model::read(&config, &version)?;
    let store = legacy::Store::open(&file, bytes.len())?;
    let flat = flatten::flatten(&model, &|place, _| store.figures(place))?;
    let weights = store.weights(&flat.graph, &flat.sources)?;
    Ok(Contents { graph: flat.graph, weights, card: None, left_out: flat.left_out })
}

/// The configuration of the model, which every `.keras` file has.
fn configuration(archive: &mut Archive<impl Read + Seek>) -> Result<Value> {
    let config = json(archive, CONFIG)?;
    config.ok_or_else(|| Error::malformed(format!("expected a .keras file; this archive has no {CONFIG}")))
}

fn json(archive: &mut Archive<impl Read + Seek>, name: &str) -> Result<Option<Value>> {
    let Some(bytes) = archive.member(name, MOST_TEXT_BYTES)? else { return Ok(None) };
    crate::json::parse(&bytes).map(Some).map_err(|e| e.within(name))
}

/// Writes `graph` with `weights` to `path`, whole or not at all; `card` becomes `linnaeus.json`.
///
/// The same graph, weights and card give the same bytes.
///
/// # Errors
/// The file cannot be written; a name or a number in the graph cannot be in Keras; a node does not lead to the
/// output; the weights are another graph's.
pub fn write(path: &Path, graph: &Graph, weights: &Weights, card: Option<&Value>) -> Result<()> {
    weights.check(graph)?;
    let order = config::order(graph)?;
    let config = config::write(graph, &order)?.to_string();
    let metadata = json!({"keras_version": KERAS_VERSION}).to_string(); // and no date: the same model, the same bytes
    let layout = store::write(graph, weights, &order)?;
    let failed = |e: ZipError| match e {
        ZipError::Io(source) => Error::from(files::Error::new("write", path, source)),
        other => Error::from(files::Error::new("write", path, std::io::Error::other(other))),
    };
    files::write_with(path, |output| {
        let mut archive = ArchiveWriter::new(output);
        let texts = [(METADATA, Some(metadata)), (CONFIG, Some(config)), (CARD, card.map(Value::to_string))];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            archive.member(name, text.len() as u64, |w| w.write_all(text.as_bytes())).map_err(failed)?;
        }
        archive.member(WEIGHTS, layout.bytes(), |w| layout.write(w)).map_err(failed)?;
        archive.finish().map_err(failed)
    })
}

#[cfg(test)]
mod tests;

//! safetensors: a header of JSON, then the values. There is nothing in it that could be run.
//!
//! `N: u64 | header of N bytes | values`; the header maps each name to
//! `{"dtype", "shape", "data_offsets": [from, to]}`. Files of PyTorch have its names and layouts. Ours have Keras's
//! layouts, names as `Conv1/kernel`, and say so under `__metadata__`. Source: the format's description at
//! github.com/huggingface/safetensors.
//!
//! Read and written here and not by the crate of that name: all of it is the two small files beside this one, which
//! bound the header and turn half-precision values into float32 as they are read.

mod header;
mod writer;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::stored::{StoredLayer, StoredVariable};
use crate::torch::Tensor;
use crate::{Error, Result, whole_file};

use header::{Entry, Header};

pub use writer::{write, write_values};

/// Under `__metadata__`, whose names and layouts these are.
const FORMAT: &str = "format";
const KERAS: &str = "keras";

/// An opened file: its header is read and checked, its values are not.
pub(crate) struct File<'a> {
    header: Header,
    values: &'a [u8],
}

impl<'a> File<'a> {
    /// Opens the file whose bytes these are.
    ///
    /// # Errors
    /// They are no safetensors file, or truncated or damaged.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self> {
        let (header, values) = header::read(bytes)?;
        Ok(Self { header, values })
    }

    /// Whether names and layouts are Keras's, as in files of ours.
    pub(crate) fn is_of_keras(&self) -> bool {
        says_keras(&self.header.metadata)
    }

    /// All tensors, in the order of the header.
    ///
    /// # Errors
    /// A tensor has a type that is not read.
    pub(crate) fn tensors(&self) -> Result<Vec<Tensor>> {
        let tensor = |entry: &Entry| {
            let data = self.read(entry)?;
            Ok(Tensor { name: entry.name.clone(), shape: entry.shape.clone(), data })
        };
        self.header.entries.iter().map(tensor).collect()
    }

    /// Tensors that are called `layer/variable`, by layers.
    pub(crate) fn layers(&self) -> Vec<StoredLayer<usize>> {
        let mut layers: Vec<StoredLayer<usize>> = Vec::new();
        let mut numbers = std::collections::HashMap::new();
        for (key, entry) in self.header.entries.iter().enumerate() {
            let (layer, variable) = entry.name.rsplit_once('/').unwrap_or((&entry.name, ""));
            let variable = StoredVariable { name: variable.to_owned(), shape: entry.shape.clone(), key };
            let number = *numbers.entry(layer).or_insert(layers.len());
            match layers.get_mut(number) {
                Some(layer) => layer.variables.push(variable),
                None => layers.push(StoredLayer {
                    name: layer.to_owned(),
                    model: String::new(),
                    class: None,
                    variables: vec![variable],
                }),
            }
        }
        layers
    }

    /// The values of the tensor that is number `key` in the header.
    pub(crate) fn values(&self, key: usize) -> Result<Vec<f32>> {
        let entry = self.header.entries.get(key);
        self.read(entry.ok_or_else(|| Error::malformed(format!("there is no tensor number {key}")))?)
    }

    fn read(&self, entry: &Entry) -> Result<Vec<f32>> {
        let kind = entry.kind.ok_or_else(|| {
            Error::unsupported(format!("tensor {}: its type {} is not supported", entry.name, entry.dtype))
        })?;
        Ok(kind.decode(&self.values[entry.range.clone()])) // the header checked the range
    }
}

/// The values with names in the file at `path`, and what is said beside them.
pub type Values = (BTreeMap<String, Vec<f32>>, BTreeMap<String, String>);

/// Reads what [`write_values`] wrote.
///
/// # Errors
/// The file cannot be read, is no safetensors file, truncated or damaged.
pub fn read_values(path: &Path) -> Result<Values> {
    let bytes = whole_file::read(std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?)?;
    let within = |e: Error| e.within(path.display());
    let file = File::open(&bytes).map_err(within)?;
    let values = file.tensors().map_err(within)?.into_iter().map(|tensor| (tensor.name, tensor.data));
    let texts = file.header.metadata.iter();
    let texts = texts.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Ok((values.collect(), texts.collect()))
}

/// As [`File::is_of_keras`], of the file in `reader`, whose values are not read.
pub(crate) fn is_of_keras(reader: impl Read) -> Result<bool> {
    header::metadata_of(reader).map(|metadata| says_keras(&metadata))
}

fn says_keras(metadata: &Map<String, Value>) -> bool {
    metadata.get(FORMAT).and_then(Value::as_str) == Some(KERAS)
}

/// Whether bytes that start so can be a file of this format, and no other that is known.
pub(crate) fn is_such(start: &[u8]) -> bool {
    start.get(8) == Some(&b'{') && header::length(start).is_some()
}

#[cfg(test)]
mod tests;

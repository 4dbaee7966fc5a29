//! Keras 2's `.h5`: weights by layer, alone or, below `model_weights`, with a model's configuration.
//!
//! The attribute `layer_names` lists the layers in the order of the model, each layer's `weight_names` its variables,
//! as `Conv1/kernel:0`. A list that is too long for one attribute goes on in `layer_names0`, `layer_names1`, …. The
//! variables of a model in the model lie in one group, those that are trained first.
//! Source: `keras.src.legacy.saving.legacy_h5_format` of Keras 3.15, which still writes and reads it.

use std::collections::{HashMap, HashSet};

use graph::{Graph, Weights};
use serde_json::Value;

use super::flatten::{Place, Source};
use crate::hdf5::{Attribute, File, Item};
use crate::stored::{self, StoredLayer, StoredVariable};
use crate::{Error, Result, expansion};

/// No file may have more variables, or longer names of layers and variables.
const MOST_VARIABLES: usize = 100_000;
const LONGEST_NAME: usize = 1024;
/// No list may lie in more attributes; each has up to 64 kB.
const MOST_PIECES: usize = 256;

/// The attribute of the root that holds the configuration.
const CONFIG: &str = "model_config";
const WEIGHTS: &str = "model_weights";

/// Whether `file` is one of this kind.
pub(super) fn is_such(file: &File<'_>) -> Result<bool> {
    Ok(weights(file)?.is_some())
}

/// The group of the layers.
fn weights<'f, 'a>(file: &'f File<'a>) -> Result<Option<Item<'f, 'a>>> {
    let root = file.root();
    if let Some(group) = root.get(WEIGHTS).filter(|group| group.is_group()) {
        return Ok(Some(group));
    }
    Ok(texts(&root, "layer_names")?.map(|_| root))
}

/// The configuration of the model, where `file` holds a whole one, and the version of Keras that wrote it.
pub(super) fn config(file: &File<'_>) -> Result<Option<(Value, String)>> {
    let text = |name| file.root().attribute(name);
    let Some(config) = text(CONFIG)? else { return Ok(None) };
    let config = config.text().ok_or_else(|| Error::malformed(format!("{CONFIG} is no text")))?;
    let config = crate::json::parse(config.as_bytes()).map_err(|e| e.within(CONFIG))?;
    let version = text("keras_version")?.as_ref().and_then(Attribute::text).unwrap_or_default().to_owned();
    Ok(Some((config, version)))
}

/// The layers that have variables, in the order of the model. The variables' paths are the keys.
///
/// A layer's `model` is the outermost layer's name where that is a model, and empty otherwise.
pub(super) fn layers(file: &File<'_>) -> Result<Vec<StoredLayer<String>>> {
    let group = weights(file)?.ok_or_else(|| Error::malformed("it has no layer_names"))?;
    let folder = if file.root().get(WEIGHTS).is_some() { format!("{WEIGHTS}/") } else { String::new() };
    let names =
        texts(&group, "layer_names")?.ok_or_else(|| Error::malformed("its layer_names are missing"))?;
    let mut found = Vec::new();
    let (mut seen, mut variables_left) = (HashSet::new(), MOST_VARIABLES);
    for name in names {
        let path = format!("{folder}{}", checked(&name)?);
        if !seen.insert(name.clone()) {
            return Err(Error::malformed(format!("two layers called {name}")));
        }
        let layer = group.get(&name).ok_or_else(|| Error::malformed(format!("{path} is missing")))?;
        let variables = texts(&layer, "weight_names").map_err(|e| e.within(&path))?.unwrap_or_default();
        variables_left = variables_left
            .checked_sub(variables.len())
            .ok_or_else(|| Error::too_large(format!("more than {MOST_VARIABLES} variables")))?;
        found.extend(of_group(&layer, &name, &path, &variables)?);
    }
    Ok(found)
}

fn checked(name: &str) -> Result<&str> {
    match name.len() {
        0..=LONGEST_NAME => Ok(name),
        length => Err(Error::too_large(format!("a name of {length} bytes; {LONGEST_NAME} is the most"))),
    }
}

/// The layer of one group; or its layers, where it is a model's.
fn of_group(
    group: &Item<'_, '_>,
    name: &str,
    path: &str,
    variables: &[String],
) -> Result<Vec<StoredLayer<String>>> {
    let layer_of =
        |variable: &str| variable.rsplit_once('/').map_or(String::new(), |(layer, _)| layer.into());
    let mut found: Vec<StoredLayer<String>> = Vec::new();
    let mut numbers = HashMap::new();
    for variable in variables {
        let path = format!("{path}/{}", checked(variable)?);
        let item = group.get(variable).ok_or_else(|| Error::malformed(format!("{path} is missing")))?;
        let shape = item.dataset().and_then(|dataset| dataset.extents()).map_err(|e| e.within(&path))?;
        let last = variable.rsplit('/').next().unwrap_or_default();
        let own_name = last.split(':').next().unwrap_or_default().to_owned();
        let stored = StoredVariable { name: own_name, shape, key: path };
        let layer: String = layer_of(variable);
        let number = *numbers.entry(layer.clone()).or_insert(found.len());
        match found.get_mut(number) {
            Some(layer) => layer.variables.push(stored),
            None => {
                found.push(StoredLayer {
                    name: layer,
                    model: String::new(),
                    class: None,
                    variables: vec![stored],
                });
            }
        }
    }
    match found.as_mut_slice() {
        [one] => one.name = name.to_owned(),
        several => {
            for layer in several {
                layer.model = name.to_owned();
                layer.name = layer.name.rsplit('/').next().unwrap_or_default().to_owned();
            }
        }
    }
    Ok(found)
}

/// An attribute that is a list of texts, in one piece or in several; `None` where there is none.
fn texts(item: &Item<'_, '_>, name: &str) -> Result<Option<Vec<String>>> {
    let list = |name: &str| match item.attribute(name)? {
        None => Ok(None),
        Some(Attribute::Texts(texts)) => Ok(Some(texts)),
        Some(Attribute::Numbers(numbers)) if numbers.is_empty() => Ok(Some(Vec::new())), // an empty list has no type
        Some(_) => Err(Error::malformed(format!("the attribute {name} is no list of texts"))),
    };
    if let Some(whole) = list(name)? {
        return Ok(Some(whole));
    }
    let mut joined = None;
    for number in 0..MOST_PIECES {
        match list(&format!("{name}{number}"))? {
            Some(part) => joined.get_or_insert_with(Vec::new).extend(part),
            None => break,
        }
    }
    Ok(joined)
}

/// The weights of a whole model.
pub(super) struct Store<'f, 'a> {
    file: &'f File<'a>,
    bytes: usize,
    layers: HashMap<(String, String), StoredLayer<String>>,
}

impl<'f, 'a> Store<'f, 'a> {
    pub(super) fn open(file: &'f File<'a>, bytes: usize) -> Result<Self> {
        let layers = layers(file)?.into_iter();
        let layers = layers.map(|layer| ((layer.model.clone(), layer.name.clone()), layer)).collect();
        Ok(Self { file, bytes, layers })
    }

    /// The mean and the variance of the adapted normalization at `place`.
    pub(super) fn figures(&self, place: &Place) -> Result<[Vec<f32>; 2]> {
        let layer = self.layer(place)?;
        let figure = |name: &str| {
            let variable = layer.variables.iter().find(|variable| variable.name == name);
            let variable =
                variable.ok_or_else(|| Error::malformed(format!("layer {} has no {name}", place.layer)))?;
            self.read(&variable.key)
        };
        Ok([figure("mean")?, figure("variance")?])
    }

    /// All weights of `graph`, from where `sources` say.
    pub(super) fn weights(&self, graph: &Graph, sources: &[Source]) -> Result<Weights> {
        // A configuration of a few bytes may ask for any amount; the file must have what fills it.
        expansion::check(4 * graph.parameter_count() as u64, self.bytes as u64)?;
        let mut pairs = Vec::new();
        for source in sources {
            let fitting = stored::fit(graph, graph.node(source.node), self.layer(&source.place)?);
            pairs.extend(
                fitting.map_err(|why| Error::mismatch(format!("layer {}: {why}", source.place.layer)))?,
            );
        }
        let mut weights = Weights::zeros(graph);
        for (id, variable) in pairs {
            weights.get_mut(graph.parameter(id)).copy_from_slice(&self.read(&variable.key)?);
        }
        Ok(weights)
    }

    /// The layer at `place`. A model of one layer in the model lies there as if it were that layer.
    fn layer(&self, place: &Place) -> Result<&StoredLayer<String>> {
        let find = |model: &str, layer: &str| self.layers.get(&(model.to_owned(), layer.to_owned()));
        let found = find(&place.outermost, &place.layer).or_else(|| find("", &place.outermost));
        found.ok_or_else(|| Error::malformed(format!("the weights of layer {} are missing", place.layer)))
    }

    fn read(&self, path: &str) -> Result<Vec<f32>> {
        let item =
            self.file.root().get(path).ok_or_else(|| Error::malformed(format!("{path} is missing")))?;
        item.dataset().and_then(|dataset| dataset.read()).map_err(|e| e.within(path))
    }
}

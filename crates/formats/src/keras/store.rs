//! Weights in `model.weights.h5`: one group a layer, one data set a variable.

use graph::{Graph, Parameter, Weights};

use super::flatten::{Place, Source};
use super::group_name::GroupNames;
use super::layers;
use crate::hdf5::{Attribute, File, Item, Layout, Writer};
use crate::{Error, Result, expansion};

/// An opened file of weights.
pub(super) struct Store<'a> {
    file: File<'a>,
    bytes: usize,
}

impl<'a> Store<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self> {
        Ok(Self { file: File::open(bytes)?, bytes: bytes.len() })
    }

    /// The mean and the variance of the adapted normalization at `place`.
    pub(super) fn figures(&self, place: &Place) -> Result<[Vec<f32>; 2]> {
        Ok([self.read(&place.group, 0)?, self.read(&place.group, 1)?])
    }

    /// The values of one variable of a layer.
    fn read(&self, group: &str, variable: usize) -> Result<Vec<f32>> {
        let path = format!("{group}/vars/{variable}");
        let item = self.file.root().get(&path).ok_or_else(|| missing(&path))?;
        item.dataset().and_then(|dataset| dataset.read()).map_err(|e| e.within(path))
    }

    /// All weights of `graph`, from where `sources` say.
    pub(super) fn weights(&self, graph: &Graph, sources: &[Source]) -> Result<Weights> {
        // A configuration of a few bytes may ask for any amount; the file must have what fills it.
        expansion::check(4 * graph.parameter_count() as u64, self.bytes as u64)?;
        sources.iter().try_for_each(|source| self.check(graph, source))?;
        let mut weights = Weights::zeros(graph);
        for source in sources {
            for (variable, id) in graph.node(source.node).parameters.iter().enumerate() {
                let parameter = graph.parameter(*id);
                let values = self.read(&source.place.group, variable)?;
                weights.get_mut(parameter).copy_from_slice(&values);
            }
        }
        Ok(weights)
    }

    /// Fails unless the group is this layer's and holds what it needs.
    fn check(&self, graph: &Graph, source: &Source) -> Result<()> {
        let path = format!("{}/vars", source.place.group);
        let group = self.file.root().get(&path).ok_or_else(|| missing(&path))?;
        let layer = &source.place.layer;
        // Older versions of Keras do not say whose weights these are.
        let named = group.attribute("name")?;
        if let Some(name) = named.as_ref().and_then(Attribute::text)
            && name != layer
        {
            return Err(Error::mismatch(format!(
                "{path}: expected the weights of layer {layer}, received those of {name}"
            )));
        }
        let parameters = &graph.node(source.node).parameters;
        let (expected, received) = (parameters.len(), group.members().count());
        if received != expected {
            return Err(Error::mismatch(format!(
                "{path}: layer {layer} has {expected} variables, received {received}"
            )));
        }
        for (variable, id) in parameters.iter().enumerate() {
            check_shape(&group, &path, variable, graph.parameter(*id))?;
        }
        Ok(())
    }
}

fn check_shape(group: &Item<'_, '_>, path: &str, variable: usize, parameter: &Parameter) -> Result<()> {
    let item = group.get(&variable.to_string()).ok_or_else(|| missing(&format!("{path}/{variable}")))?;
    let dataset = item.dataset().map_err(|e| e.within(format!("{path}/{variable}")))?;
    let same = dataset.shape().iter().copied().eq(parameter.shape.dims().iter().map(|extent| *extent as u64));
    match same {
        true => Ok(()),
        false => Err(Error::mismatch(format!(
            "{path}/{variable}: {} needs the shape {:?}, received {:?}",
            parameter.name,
            parameter.shape.dims(),
            dataset.shape()
        ))),
    }
}

fn missing(path: &str) -> Error {
    Error::malformed(format!("{path} is missing"))
}

/// Lays out the file of `weights`; `order` is Keras's order of the nodes.
pub(super) fn write<'a>(graph: &Graph, weights: &'a Weights, order: &[usize]) -> Result<Layout<'a>> {
    let mut writer = Writer::new();
    writer.text("vars", "name", graph.name())?;
    let mut names = GroupNames::default();
    for node in order.iter().map(|index| &graph.nodes()[*index]) {
        let path = format!("layers/{}/vars", names.next(layers::class(&node.op)));
        writer.text(&path, "name", &node.name)?;
        for (variable, id) in node.parameters.iter().enumerate() {
            let parameter = graph.parameter(*id);
            writer.values(&path, &variable.to_string(), parameter.shape.dims(), weights.get(parameter))?;
        }
    }
    Ok(writer.layout())
}

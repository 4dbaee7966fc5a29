//! A model of a configuration, and the models in it, as one graph.

use std::collections::HashSet;

use graph::{Graph, NodeId, Op, Shape};
use serde_json::Value;

use super::layers::{self, Meaning};
use super::model::{Layer, Model};
use crate::{Error, ErrorKind, Result};

/// Where the weights of a layer are in a file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The layer's own name, before any change.
    pub(super) layer: String,
    /// Its group in Keras 3's files, as `layers/functional/layers/conv2d_1`.
    pub(super) group: String,
    /// The layer of the outermost model that it lies in, whose group it is in Keras 2's files; empty for such a layer
    /// itself.
    pub(super) outermost: String,
}

/// A node whose weights are in the file.
pub(super) struct Source {
    pub(super) node: NodeId,
    pub(super) place: Place,
}

/// Gives the mean and the variance of an adapted normalization of so many channels.
pub(super) type Figures<'f> = dyn Fn(&Place, usize) -> Result<[Vec<f32>; 2]> + 'f;

/// A graph, where its weights are, and what was left out.
pub(super) struct Flat {
    pub(super) graph: Graph,
    pub(super) sources: Vec<Source>,
    pub(super) left_out: Vec<String>,
}

/// Turns `model` into a graph.
pub(super) fn flatten(model: &Model<'_>, figures: &Figures<'_>) -> Result<Flat> {
    let (name, shape) = input(model)?;
    let graph = Graph::new(model.name, name, shape)?;
    // Layers of the outermost model keep their names; those of models in it give way.
    let names = model.layers.iter().map(|layer| layer.name.to_owned()).chain([name.to_owned()]).collect();
    let flat = Flat { graph, sources: Vec::new(), left_out: Vec::new() };
    let mut flattener = Flattener { flat, names, figures };
    let input = flattener.flat.graph.input();
    let within = Within { outermost: None, trainable: true, folder: String::new() };
    let output = flattener.model(model, input, &within)?;
    match flattener.flat.graph.output() == output {
        true => Ok(flattener.flat),
        false => Err(model.config.error(ErrorKind::Malformed, "its output is not its last layer")),
    }
}

/// The name and shape of the input.
fn input<'a>(model: &Model<'a>) -> Result<(&'a str, Shape)> {
    let (name, config, shape) = match model.input {
        Some(index) => {
            let layer = &model.layers[index];
            layers::check_dtype(layer)?;
            let shape = layer.config.get("batch_shape").or_else(|| layer.config.get("batch_input_shape"));
            (layer.name, &layer.config, shape)
        }
        None => ("input_layer", &model.config, model.config.get("build_input_shape")),
    };
    let axes = shape.and_then(Value::as_array).and_then(|axes| axes.split_first());
    let Some((_, axes)) = axes else {
        return Err(
            config.unsupported("it has no input shape; call the model on a picture before it is saved")
        );
    };
    let dims = axes.iter().map(|axis| axis.as_u64().and_then(|axis| usize::try_from(axis).ok()));
    match dims.collect::<Option<Vec<usize>>>() {
        Some(dims) => Ok((name, Shape::new(dims))),
        None => {
            Err(config
                .unsupported("its input has no fixed size; build it with an input_shape of whole numbers"))
        }
    }
}

/// Where a model lies in others.
struct Within<'a> {
    /// The layer of the outermost model that this one is or lies in.
    outermost: Option<&'a str>,
    trainable: bool,
    /// The groups of the models around it, as `layers/functional/`.
    folder: String,
}

struct Flattener<'f> {
    flat: Flat,
    names: HashSet<String>,
    figures: &'f Figures<'f>,
}

impl Flattener<'_> {
    /// Adds the layers of `model`, which reads `input`; gives its output.
    fn model(&mut self, model: &Model<'_>, input: NodeId, within: &Within<'_>) -> Result<NodeId> {
        let mut outputs = vec![input; model.layers.len()];
        for index in &model.order {
            let layer = &model.layers[*index];
            if model.input == Some(*index) {
                continue;
            }
            let mut inputs: Vec<NodeId> = layer.inputs().map(|input| outputs[input]).collect();
            if inputs.is_empty() {
                // Only the first layer of a sequential model without an input layer may read nothing.
                if model.input.is_some() {
                    return Err(layer.config.unsupported("it reads nothing; one input is supported"));
                }
                inputs.push(input);
            }
            outputs[*index] = self.layer(layer, model, &inputs, within)?;
        }
        Ok(outputs[model.output])
    }

    fn layer(
        &mut self,
        layer: &Layer<'_>,
        model: &Model<'_>,
        inputs: &[NodeId],
        within: &Within<'_>,
    ) -> Result<NodeId> {
        let Some(inner) = &layer.model else { return self.node(layer, model, inputs, within) };
        let [input] = inputs else {
            return Err(layer.config.unsupported(format!("a model of {} inputs", inputs.len())));
        };
        self.check_shape(inner, *input)?;
        let within = Within {
            outermost: within.outermost.or(Some(layer.name)),
            trainable: within.trainable && layer.trainable,
            folder: format!("{}layers/{}/", within.folder, layer.group),
        };
        self.model(inner, *input, &within)
    }

    /// Adds a layer that is no model.
    fn node(
        &mut self,
        layer: &Layer<'_>,
        model: &Model<'_>,
        inputs: &[NodeId],
        within: &Within<'_>,
    ) -> Result<NodeId> {
        let group = format!("{}layers/{}", within.folder, layer.group);
        let graph = &self.flat.graph;
        let shapes: Vec<&Shape> = inputs.iter().map(|id| &graph.node(*id).shape).collect();
        let meaning = layers::meaning(layer, &shapes)?;
        self.flat.left_out.extend(layers::only_in_training(layer));
        let outermost = within.outermost.unwrap_or_default().to_owned();
        let place = Place { layer: layer.name.to_owned(), group, outermost };
        let op = match meaning {
            Meaning::Op(op) => op,
            Meaning::Adapted => {
                let channels = shapes.first().map_or(1, |shape| shape.channels());
                let figures = (self.figures)(&place, channels);
                let [mean, variance] = figures.map_err(|e| e.within(layer.config.place()))?;
                Op::Normalization { mean, variance }
            }
            Meaning::Nothing => {
                let [input] = inputs else {
                    return Err(layer.config.unsupported(format!("it has {} inputs", inputs.len())));
                };
                return Ok(*input);
            }
        };
        let name = match within.outermost {
            None => layer.name.to_owned(),
            Some(_) => self.unique(layer.name, model)?,
        };
        let node = self.flat.graph.add(name, op, inputs).map_err(|e| at(layer, e))?;
        self.flat.graph.set_trainable(node, within.trainable && layer.trainable);
        let has_weights = !self.flat.graph.node(node).parameters.is_empty();
        self.flat.sources.extend(has_weights.then_some(Source { node, place }));
        Ok(node)
    }

    /// A model in another was built for one shape, and must get it.
    fn check_shape(&self, model: &Model<'_>, input: NodeId) -> Result<()> {
        let received = &self.flat.graph.node(input).shape;
        match self::input(model) {
            Ok((_, expected)) if expected != *received => {
                let message = format!("expected an input of {expected}, received {received}");
                Err(model.config.error(ErrorKind::Malformed, message))
            }
            _ => Ok(()), // one without a fixed shape takes any
        }
    }

    /// `name`, or with its model's before it where another layer is called so.
    fn unique(&mut self, name: &str, model: &Model<'_>) -> Result<String> {
        let longer = format!("{}_{name}", model.name);
        for name in [name.to_owned(), longer] {
            if self.names.insert(name.clone()) {
                return Ok(name);
            }
        }
        Err(model.config.unsupported(format!("two layers are called {name}; rename one")))
    }
}

/// Says where a layer that the graph refuses is.
fn at(layer: &Layer<'_>, error: graph::Error) -> Error {
    Error::from(error).within(layer.config.place())
}

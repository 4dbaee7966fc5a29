//! A model of a configuration, and the models in it, as one graph.

use std::collections::HashSet;

use graph::{Graph, NodeId, Op, Shape};
use serde_json::Value;

use super::layers::{self, Meaning};
use super::model::{Layer, Model};
use super::store::Store;
use crate::{Error, ErrorKind, Result};

/// A node whose weights are in the file.
pub(super) struct Source {
    pub(super) node: NodeId,
    /// Its layer's own name, before any change.
    pub(super) layer: String,
    /// Its group, as `layers/functional/layers/conv2d_1`.
    pub(super) group: String,
    /// The first of its parameters among the group's, and how many the group has.
    pub(super) first: usize,
    pub(super) count: usize,
}

/// A graph, where its weights are, and what was left out.
pub(super) struct Flat {
    pub(super) graph: Graph,
    pub(super) sources: Vec<Source>,
    pub(super) left_out: Vec<String>,
}

/// Turns `model` into a graph; `store` holds the figures of normalizations.
pub(super) fn flatten(model: &Model<'_>, store: &Store<'_>) -> Result<Flat> {
    let (name, shape) = input(model)?;
    let graph = Graph::new(model.name, name, shape)?;
    // Layers of the outermost model keep their names; those of models in it give way.
    let names = model.layers.iter().map(|layer| layer.name.to_owned()).chain([name.to_owned()]).collect();
    let flat = Flat { graph, sources: Vec::new(), left_out: Vec::new() };
    let mut flattener = Flattener { flat, names, store };
    let input = flattener.flat.graph.input();
    let within = Within { depth: 0, trainable: true, folder: String::new() };
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
struct Within {
    depth: usize,
    trainable: bool,
    /// The groups of the models around it, as `layers/functional/`.
    folder: String,
}

struct Flattener<'s, 'f> {
    flat: Flat,
    names: HashSet<String>,
    store: &'s Store<'f>,
}

impl Flattener<'_, '_> {
    /// Adds the layers of `model`, which reads `input`; gives its output.
    fn model(&mut self, model: &Model<'_>, input: NodeId, within: &Within) -> Result<NodeId> {
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
        within: &Within,
    ) -> Result<NodeId> {
        let group = format!("{}layers/{}", within.folder, layer.group);
        let trainable = within.trainable && layer.trainable;
        if let Some(inner) = &layer.model {
            let [input] = inputs else {
                return Err(layer.config.unsupported(format!("a model of {} inputs", inputs.len())));
            };
            let within = Within { depth: within.depth + 1, trainable, folder: format!("{group}/") };
            self.check_shape(inner, *input)?;
            return self.model(inner, *input, &within);
        }
        let graph = &self.flat.graph;
        let shapes: Vec<&Shape> = inputs.iter().map(|id| &graph.node(*id).shape).collect();
        let add = |flattener: &mut Self, name: &str, op, inputs: &[NodeId], first, count| {
            let is_kept = within.depth == 0 && name == layer.name;
            let name = if is_kept { name.to_owned() } else { flattener.unique(name, model)? };
            let node = flattener.flat.graph.add(name, op, inputs).map_err(|e| at(layer, e))?;
            flattener.flat.graph.set_trainable(node, trainable);
            let owned = flattener.flat.graph.node(node).parameters.len();
            let count = if count == 0 { owned } else { count };
            let source = Source { node, layer: layer.name.to_owned(), group: group.clone(), first, count };
            flattener.flat.sources.extend((owned > 0).then_some(source));
            Ok(node)
        };
        let meaning = layers::meaning(layer, &shapes)?;
        self.flat.left_out.extend(layers::only_in_training(layer));
        match meaning {
            Meaning::Op(op) => add(self, layer.name, op, inputs, 0, 0),
            Meaning::Adapted => {
                let (mean, variance) = (self.store.read(&group, 0)?, self.store.read(&group, 1)?);
                add(self, layer.name, Op::Normalization { mean, variance }, inputs, 0, 0)
            }
            Meaning::Separable(depthwise, pointwise) => {
                let count = if pointwise.use_bias { 3 } else { 2 };
                let name = format!("{}_depthwise", layer.name);
                let between = add(self, &name, Op::DepthwiseConv2d(depthwise), inputs, 0, count)?;
                add(self, layer.name, Op::Conv2d(pointwise), &[between], 1, count)
            }
            Meaning::Nothing => {
                let [input] = inputs else {
                    return Err(layer.config.unsupported(format!("it has {} inputs", inputs.len())));
                };
                Ok(*input)
            }
        }
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

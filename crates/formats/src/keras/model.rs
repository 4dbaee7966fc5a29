//! The layers that a Keras configuration lists, how they are joined and where their weights are.

use std::collections::HashMap;

use serde_json::Value;

use super::fields::{Fields, brief};
use super::group_name::GroupNames;
use super::{layers, order};
use crate::{Error, ErrorKind, Result};

/// No model may have more layers, with those of the models in it.
const MOST_LAYERS: usize = 20_000;
/// No model may lie deeper in others.
const DEEPEST: usize = 16;

/// A functional or sequential model of a configuration.
pub(super) struct Model<'a> {
    pub(super) name: &'a str,
    pub(super) layers: Vec<Layer<'a>>,
    /// The layers that the output needs, each after what it reads.
    pub(super) order: Vec<usize>,
    pub(super) output: usize,
    /// Its input layer; a sequential model may have none.
    pub(super) input: Option<usize>,
    pub(super) config: Fields<'a>,
}

/// A layer of a configuration.
pub(super) struct Layer<'a> {
    pub(super) name: &'a str,
    pub(super) class: &'a str,
    /// Whether it is an operation on tensors, as `x * 2`, and no layer.
    pub(super) is_operation: bool,
    pub(super) config: Fields<'a>,
    pub(super) arguments: Vec<Argument>,
    /// What Keras 2 calls it with by keyword.
    pub(super) keywords: Option<&'a Value>,
    /// Its group in the file of weights, under its model's `layers`; empty for an operation.
    pub(super) group: String,
    pub(super) trainable: bool,
    /// Whether Keras 2 wrote it, where some names meant something else.
    pub(super) is_of_keras_2: bool,
    /// Itself, when it is a model.
    pub(super) model: Option<Model<'a>>,
}

/// What a layer is called with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Argument {
    /// The output of the layer with this index.
    Layer(usize),
    /// A number.
    Number(f64),
}

impl Layer<'_> {
    /// The layers whose outputs it reads.
    pub(super) fn inputs(&self) -> impl Iterator<Item = usize> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Layer(index) => Some(*index),
            Argument::Number(_) => None,
        })
    }
}

/// Reads the configuration of a whole model, `config.json`; `version` is Keras's, where the file says it elsewhere.
pub(super) fn read<'a>(json: &'a Value, version: &str) -> Result<Model<'a>> {
    let outer = Fields::new(json, "model")?;
    let own_version = outer.get("keras_version").and_then(Value::as_str).unwrap_or(version);
    let is_of_keras_2 = own_version.starts_with("2.") || own_version.starts_with("1.");
    let mut reader = Reader { layers_left: MOST_LAYERS, is_of_keras_2 };
    match ModelKind::of(outer.text("class_name")?, module(&outer)) {
        Some(kind) => reader.model(&outer.object("config")?, kind, 0),
        None => Err(outer.unsupported(format!(
            "its class is {}; functional and sequential models can be read, code of one's own cannot",
            outer.text("class_name")?
        ))),
    }
}

fn module<'a>(layer: &Fields<'a>) -> &'a str {
    layer.get("module").and_then(Value::as_str).unwrap_or("keras.layers") // Keras 2 does not say
}

/// What joins the layers of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelKind {
    Functional,
    Sequential,
}

impl ModelKind {
    fn of(class: &str, module: &str) -> Option<Self> {
        if !is_keras(module) {
            return None;
        }
        match class {
            "Functional" | "Model" => Some(Self::Functional),
            "Sequential" => Some(Self::Sequential),
            _ => None,
        }
    }
}

/// Whether `module` is Keras's own.
fn is_keras(module: &str) -> bool {
    ["keras", "tf_keras", "tensorflow.keras"]
        .iter()
        .any(|own| module.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

struct Reader {
    layers_left: usize,
    is_of_keras_2: bool,
}

impl Reader {
    fn model<'a>(&mut self, config: &Fields<'a>, kind: ModelKind, depth: usize) -> Result<Model<'a>> {
        let name = config.text("name")?;
        let config = config.clone().at(format!("model {name}"));
        let listed = config.array("layers")?;
        self.layers_left = self
            .layers_left
            .checked_sub(listed.len())
            .ok_or_else(|| config.error(ErrorKind::TooLarge, format!("more than {MOST_LAYERS} layers")))?;
        if depth > DEEPEST {
            return Err(
                config.error(ErrorKind::TooLarge, format!("models within models, more than {DEEPEST} deep"))
            );
        }
        let mut layers =
            listed.iter().map(|json| self.layer(json, &config, depth)).collect::<Result<Vec<Layer<'a>>>>()?;
        let (input, output) = match kind {
            ModelKind::Functional => join(&mut layers, listed, &config)?,
            ModelKind::Sequential => chain(&mut layers, &config)?,
        };
        let inputs: Vec<Vec<usize>> = layers.iter().map(|layer| layer.inputs().collect()).collect();
        let order = order::by_depth(&inputs, output)
            .ok_or_else(|| config.error(ErrorKind::Malformed, "its layers run in a circle"))?;
        let mut names = GroupNames::default();
        for index in &order {
            let layer = &mut layers[*index];
            // A sequential model does not count its input among its layers.
            let is_left_out = kind == ModelKind::Sequential && input == Some(*index);
            if !layer.is_operation && !is_left_out {
                layer.group = names.next(layer.class);
            }
        }
        Ok(Model { name, layers, order, output, input, config })
    }

    /// A layer, without what it is joined to.
    fn layer<'a>(&mut self, json: &'a Value, model: &Fields<'a>, depth: usize) -> Result<Layer<'a>> {
        let outer = Fields::new(json, format!("a layer of {}", model.place()))?;
        let class = outer.text("class_name")?;
        let config = outer.object("config")?;
        let name = config.text("name").or_else(|_| outer.text("name"))?;
        let config = config.at(format!("layer {name} ({class}) of {}", model.place()));
        if name.is_empty() || name.len() > 512 || name.contains(|c: char| c == '/' || c.is_control()) {
            return Err(
                config.error(ErrorKind::Malformed, "a layer's name has 1 to 512 characters, and no /")
            );
        }
        let module = module(&outer);
        let registered = outer.get("registered_name").and_then(Value::as_str);
        // Keras 2 registers some layers of its own applications as if they were others'.
        let registered = registered.filter(|name| name.strip_prefix("Custom>").unwrap_or(name) != class);
        if let (false, _) | (_, Some(_)) = (is_keras(module), registered) {
            let whose = registered.unwrap_or(module);
            return Err(
                config.unsupported(format!("{whose} is not part of Keras, and code in models is never run"))
            );
        }
        let kind = ModelKind::of(class, module);
        let trainable = config.is_on("trainable")?;
        let model = match kind {
            Some(kind) => Some(self.model(&config, kind, depth + 1)?),
            None => None,
        };
        let is_operation = module.contains(".ops") || layers::is_tensor_flow(class);
        Ok(Layer {
            name,
            class,
            is_operation,
            config,
            arguments: Vec::new(),
            keywords: None,
            group: String::new(),
            trainable,
            is_of_keras_2: self.is_of_keras_2,
            model,
        })
    }
}

/// Joins the layers of a sequential model; gives its input layer and its last.
fn chain(layers: &mut [Layer<'_>], config: &Fields<'_>) -> Result<(Option<usize>, usize)> {
    let Some(last) = layers.len().checked_sub(1) else {
        return Err(config.error(ErrorKind::Malformed, "it has no layers"));
    };
    for (index, layer) in layers.iter_mut().enumerate().skip(1) {
        layer.arguments = vec![Argument::Layer(index - 1)];
    }
    Ok(((layers[0].class == "InputLayer").then_some(0), last))
}

/// Joins the layers of a functional model; gives its input layer and the one whose output is the model's.
fn join<'a>(
    layers: &mut [Layer<'a>],
    listed: &'a [Value],
    config: &Fields<'a>,
) -> Result<(Option<usize>, usize)> {
    let mut by_name = HashMap::new();
    for (index, layer) in layers.iter().enumerate() {
        if by_name.insert(layer.name.to_owned(), index).is_some() {
            return Err(layer.config.error(ErrorKind::Malformed, "two layers have this name"));
        }
    }
    for (layer, json) in layers.iter_mut().zip(listed) {
        let inbound = Inbound { place: &layer.config, by_name: &by_name };
        (layer.arguments, layer.keywords) = inbound.read(json.get("inbound_nodes"))?;
    }
    let only = |key: &str, what: &str| {
        let mut found = Vec::new();
        config.get(key).into_iter().for_each(|value| histories(value, &mut found));
        match found.as_slice() {
            [one] => Inbound { place: config, by_name: &by_name }.index(one),
            _ => Err(config.unsupported(format!("it has {} {what}; one is supported", found.len()))),
        }
    };
    let (input, output) = (only("input_layers", "inputs")?, only("output_layers", "outputs")?);
    match layers[input].class {
        "InputLayer" => Ok((Some(input), output)),
        _ => Err(layers[input].config.error(ErrorKind::Malformed, "the model's input is not an input layer")),
    }
}

/// Collects what looks like `["name", 0, 0]` in lists or objects of any form.
fn histories<'a>(value: &'a Value, found: &mut Vec<&'a [Value]>) {
    match value {
        Value::Array(values) if values.len() >= 3 && values[0].is_string() => found.push(values),
        Value::Array(values) => values.iter().for_each(|value| histories(value, found)),
        Value::Object(object) => object.values().for_each(|value| histories(value, found)),
        _ => {}
    }
}

/// Reads what a layer is called with.
struct Inbound<'i, 'a> {
    place: &'i Fields<'a>,
    by_name: &'i HashMap<String, usize>,
}

impl Inbound<'_, '_> {
    fn malformed(&self, message: impl std::fmt::Display) -> Error {
        self.place.error(ErrorKind::Malformed, message)
    }

    /// What the layer is called with, and where Keras 2 wrote it, the keywords.
    fn read<'v>(&self, nodes: Option<&'v Value>) -> Result<(Vec<Argument>, Option<&'v Value>)> {
        let nodes = nodes.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let call = match nodes {
            [] => return Ok((Vec::new(), None)),
            [call] => call,
            _ => {
                let message =
                    format!("it is called {} times; layers that are shared are not supported", nodes.len());
                return Err(self.place.unsupported(message));
            }
        };
        let Some(call) = call.as_object() else { return self.of_keras_2(call) };
        let mut arguments = Vec::new();
        let part = |name| call.get(name).unwrap_or(&Value::Null);
        self.collect(part("args"), &mut arguments, 0)?;
        // Layers may be called by keyword; training and mask say nothing about predictions.
        let keywords = part("kwargs").as_object().into_iter().flatten();
        for (_, value) in keywords.filter(|(key, _)| *key != "training" && *key != "mask") {
            self.collect(value, &mut arguments, 0)?;
        }
        Ok((arguments, None))
    }

    /// `[["name", 0, 0, {…}], …]`, or one such list; a number is `["_CONSTANT_VALUE", -1, 0.5, {…}]`, and the second
    /// operand of an operation is the keyword `y`.
    fn of_keras_2<'v>(&self, call: &'v Value) -> Result<(Vec<Argument>, Option<&'v Value>)> {
        let mut found = Vec::new();
        histories(call, &mut found);
        let mut arguments = Vec::new();
        for history in &found {
            arguments.push(self.argument(history)?);
        }
        let keywords = found.first().and_then(|history| history.get(3));
        match keywords.and_then(|keywords| keywords.get("y")) {
            Some(Value::Number(number)) => arguments.extend(number.as_f64().map(Argument::Number)),
            Some(Value::Array(history)) => arguments.push(self.argument(history)?),
            _ => {}
        }
        Ok((arguments, keywords))
    }

    fn argument(&self, history: &[Value]) -> Result<Argument> {
        match history {
            [Value::String(name), _, Value::Number(number), ..] if name == "_CONSTANT_VALUE" => {
                Ok(Argument::Number(number.as_f64().unwrap_or(f64::NAN)))
            }
            _ => self.index(history).map(Argument::Layer),
        }
    }

    fn collect(&self, value: &Value, arguments: &mut Vec<Argument>, depth: usize) -> Result<()> {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => arguments.extend(number.as_f64().map(Argument::Number)),
            Value::Array(values) if depth < 4 => {
                return values.iter().try_for_each(|value| self.collect(value, arguments, depth + 1));
            }
            Value::Object(object)
                if object.get("class_name").and_then(Value::as_str) == Some("__keras_tensor__") =>
            {
                let history = object.get("config").and_then(|config| config.get("keras_history"));
                let history = history.and_then(Value::as_array);
                let history = history.ok_or_else(|| self.malformed("an input without its keras_history"))?;
                arguments.push(Argument::Layer(self.index(history)?));
            }
            other => return Err(self.place.unsupported(format!("it is called with {}", brief(other)))),
        }
        Ok(())
    }

    /// The layer in `["name", node, output]`.
    fn index(&self, history: &[Value]) -> Result<usize> {
        let [Value::String(name), _, output, ..] = history else {
            return Err(self.malformed("expected an input as [name, node, output]"));
        };
        if output.as_u64() != Some(0) {
            return Err(self
                .place
                .unsupported(format!("it reads output {output} of {name}; layers have one")));
        }
        let index = self.by_name.get(name).copied();
        index.ok_or_else(|| {
            self.malformed(format!("it reads layer {}, which does not exist", brief(&history[0])))
        })
    }
}

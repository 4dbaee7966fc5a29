//! A graph as Keras's configuration of a functional model, `config.json`.
//!
//! Only options that every Keras 3 knows are written; newer ones keep their defaults, and old versions open the file.

use graph::{Activation, Graph, Node, Op, Shape};
use serde_json::{Map, Value, json};

use super::{initializer, order};
use crate::{Error, ErrorKind, Result};

/// Keras's order of the nodes: the one in which it lists layers and numbers their weights.
///
/// # Errors
/// A node does not lead to the output, and Keras would drop it.
pub(super) fn order(graph: &Graph) -> Result<Vec<usize>> {
    let inputs: Vec<Vec<usize>> =
        graph.nodes().iter().map(|node| node.inputs.iter().map(|input| input.index()).collect()).collect();
    let order = order::by_depth(&inputs, graph.output().index()).unwrap_or_default();
    let mut is_lost = vec![true; inputs.len()];
    order.iter().for_each(|index| is_lost[*index] = false);
    match is_lost.iter().position(|is_lost| *is_lost) {
        None => Ok(order),
        Some(index) => {
            let (model, layer) = (graph.name(), &graph.nodes()[index].name);
            Err(Error::unsupported(format!("model {model}: layer {layer} does not lead to the output")))
        }
    }
}

/// The configuration of `graph`, its layers in `order`.
pub(super) fn write(graph: &Graph, order: &[usize]) -> Result<Value> {
    check_name("model", graph.name())?;
    let layers =
        order.iter().map(|index| layer(graph, &graph.nodes()[*index])).collect::<Result<Vec<Value>>>()?;
    let end = |node: &Node| json!([node.name, 0, 0]);
    Ok(json!({
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": graph.name(),
            "trainable": true,
            "layers": layers,
            "input_layers": end(graph.node(graph.input())),
            "output_layers": end(graph.node(graph.output())),
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": null},
    }))
}

fn check_name(what: &str, name: &str) -> Result<()> {
    match name.is_empty() || name.len() > 512 || name.contains(|c: char| c == '/' || c.is_control()) {
        true => Err(Error::new(
            ErrorKind::Unsupported,
            format!("{name:?} cannot be the name of a {what} in Keras"),
        )),
        false => Ok(()),
    }
}

fn layer(graph: &Graph, node: &Node) -> Result<Value> {
    check_name("layer", &node.name)?;
    let mut layer = Map::new();
    let is_operation = node.op == Op::ReverseChannels;
    layer.insert("module".into(), if is_operation { "keras.src.ops.numpy" } else { "keras.layers" }.into());
    layer.insert("class_name".into(), node.op.keras_class().into());
    layer.insert("config".into(), config(node)?);
    layer.insert("registered_name".into(), Value::Null);
    if is_built(&node.op) {
        let shapes: Vec<Value> =
            node.inputs.iter().map(|input| with_batch(&graph.node(*input).shape)).collect();
        layer.insert("build_config".into(), json!({"input_shape": one_or_all(&node.op, shapes)}));
    }
    layer.insert("name".into(), node.name.as_str().into());
    layer.insert("inbound_nodes".into(), inbound(graph, node));
    Ok(Value::Object(layer))
}

/// Whether Keras builds the layer for a shape.
fn is_built(op: &Op) -> bool {
    use Op::*;
    matches!(
        op,
        Conv2d(_)
            | DepthwiseConv2d(_)
            | Dense(_)
            | BatchNorm(_)
            | Add
            | Concat
            | ZeroPad(_)
            | Rescaling { .. }
            | Normalization { .. }
    )
}

/// Layers that merge read a list, the others one tensor.
fn one_or_all(op: &Op, mut values: Vec<Value>) -> Value {
    match op {
        Op::Add | Op::Concat => Value::Array(values),
        _ => values.pop().unwrap_or_default(),
    }
}

fn with_batch(shape: &Shape) -> Value {
    std::iter::once(Value::Null).chain(shape.dims().iter().map(|extent| json!(extent))).collect()
}

fn inbound(graph: &Graph, node: &Node) -> Value {
    let tensors: Vec<Value> = node
        .inputs
        .iter()
        .map(|input| {
            let input = graph.node(*input);
            let shape = with_batch(&input.shape);
            json!({
                "class_name": "__keras_tensor__",
                "config": {"shape": shape, "dtype": "float32", "keras_history": [input.name, 0, 0]},
            })
        })
        .collect();
    match tensors.is_empty() {
        true => json!([]),
        false => json!([{"args": [one_or_all(&node.op, tensors)], "kwargs": {}}]),
    }
}

fn config(node: &Node) -> Result<Value> {
    if let Op::Input(shape) = &node.op {
        return Ok(json!({
            "batch_shape": with_batch(shape),
            "dtype": "float32",
            "sparse": false,
            "name": node.name,
        }));
    }
    if node.op == Op::ReverseChannels {
        return Ok(json!({"name": node.name, "axis": -1}));
    }
    let mut config = json!({
        "name": node.name,
        "trainable": node.trainable,
        "dtype": {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float32"},
            "registered_name": null,
        },
    });
    if let (Some(config), Value::Object(own)) = (config.as_object_mut(), own_config(node)?) {
        config.extend(own);
    }
    Ok(config)
}

/// What only this class of layer has.
fn own_config(node: &Node) -> Result<Value> {
    let number = |value: f32| number(node, value);
    let numbers = |values: &[f32]| values.iter().map(|value| number(*value)).collect::<Result<Value>>();
    Ok(match &node.op {
        Op::Input(_) | Op::ReverseChannels | Op::Add => json!({}),
        Op::Conv2d(c) => json!({
            "filters": c.filters,
            "kernel_size": c.kernel,
            "strides": c.stride,
            "padding": c.padding.name(),
            "data_format": "channels_last",
            "dilation_rate": c.dilation,
            "groups": c.groups,
            "activation": c.activation.name(),
            "use_bias": c.use_bias,
            "kernel_initializer": initializer::write(c.initializer),
            "bias_initializer": initializer::write(graph::Initializer::Zeros),
        }),
        Op::DepthwiseConv2d(c) => json!({
            "depth_multiplier": c.multiplier,
            "kernel_size": c.kernel,
            "strides": c.stride,
            "padding": c.padding.name(),
            "data_format": "channels_last",
            "dilation_rate": c.dilation,
            "activation": c.activation.name(),
            "use_bias": c.use_bias,
            "depthwise_initializer": initializer::write(c.initializer),
            "bias_initializer": initializer::write(graph::Initializer::Zeros),
        }),
        Op::Dense(d) => json!({
            "units": d.units,
            "activation": d.activation.name(),
            "use_bias": d.use_bias,
            "kernel_initializer": initializer::write(d.initializer),
            "bias_initializer": initializer::write(graph::Initializer::Zeros),
        }),
        Op::BatchNorm(b) => json!({
            "axis": -1,
            "momentum": number(b.momentum)?,
            "epsilon": number(b.epsilon)?,
            "center": b.center,
            "scale": b.scale,
        }),
        Op::Activation(Activation::Relu) => relu(Value::Null),
        Op::Activation(Activation::Relu6) => relu(json!(6.0)),
        Op::Activation(activation) => json!({"activation": activation.name()}),
        Op::MaxPool(p) | Op::AveragePool(p) => json!({
            "pool_size": p.size,
            "padding": p.padding.name(),
            "strides": p.stride,
            "data_format": "channels_last",
        }),
        Op::GlobalAveragePool { .. } | Op::GlobalMaxPool { .. } => {
            json!({"data_format": "channels_last", "keepdims": false})
        }
        Op::Concat => json!({"axis": -1}),
        Op::ZeroPad([top, bottom, left, right]) => {
            json!({"padding": [[top, bottom], [left, right]], "data_format": "channels_last"})
        }
        Op::Flatten => json!({"data_format": "channels_last"}),
        Op::Dropout(rate) => json!({"rate": number(*rate)?, "seed": null, "noise_shape": null}),
        Op::Rescaling { scale, offset } => json!({"scale": number(*scale)?, "offset": number(*offset)?}),
        Op::Normalization { mean, variance } => {
            json!({"axis": [-1], "invert": false, "mean": numbers(mean)?, "variance": numbers(variance)?})
        }
    })
}

fn relu(max_value: Value) -> Value {
    json!({"max_value": max_value, "negative_slope": 0.0, "threshold": 0.0})
}

/// A float32 as a JSON number that is read back as the same bits, the shortest where that works.
fn number(node: &Node, value: f32) -> Result<Value> {
    let shortest = value.to_string().parse::<f64>().ok().filter(|shortest| *shortest as f32 == value);
    let number = serde_json::Number::from_f64(shortest.unwrap_or(value.into()));
    number.map(Value::Number).ok_or_else(|| {
        let (layer, class) = (&node.name, node.op.keras_class());
        Error::unsupported(format!("layer {layer} ({class}): {value} cannot be written as a number in JSON"))
    })
}

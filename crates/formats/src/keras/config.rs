//! A graph as Keras's configuration of a functional model, `config.json`.
//!
//! Only options that every Keras 3 knows are written; newer ones keep their defaults, and old versions open the file.

use graph::{Graph, Node, Op, Shape};
use serde_json::{Map, Value, json};

use super::{layers, order};
use crate::{Error, ErrorKind, Result};

/// Keras's order of the nodes: the one in which it lists layers and numbers their weights.
///
/// # Errors
/// A node does not lead to the output, and Keras would drop it.
pub(super) fn order(graph: &Graph) -> Result<Vec<usize>> {
    let order = order::of_graph(graph);
    let mut is_lost = vec![true; graph.nodes().len()];
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
    layer.insert("module".into(), layers::module(&node.op).into());
    layer.insert("class_name".into(), layers::class(&node.op).into());
    layer.insert("config".into(), config(node)?);
    layer.insert("registered_name".into(), Value::Null);
    if layers::is_built(&node.op) {
        let shapes: Vec<Value> =
            node.inputs.iter().map(|input| with_batch(&graph.node(*input).shape)).collect();
        layer.insert("build_config".into(), json!({"input_shape": one_or_all(&node.op, shapes)}));
    }
    layer.insert("name".into(), node.name.as_str().into());
    layer.insert("inbound_nodes".into(), inbound(graph, node));
    Ok(Value::Object(layer))
}

/// Layers that merge read a list, the others one tensor.
fn one_or_all(op: &Op, mut values: Vec<Value>) -> Value {
    match op {
        Op::Add | Op::AddScaled(_) | Op::Multiply | Op::Concat => Value::Array(values),
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
    let mut config = match &node.op {
        Op::Input(shape) => json!({
            "batch_shape": with_batch(shape),
            "dtype": "float32",
            "sparse": false,
            "name": node.name,
        }),
        Op::ReverseChannels => json!({"name": node.name}),
        _ => json!({
            "name": node.name,
            "trainable": node.trainable,
            "dtype": {
                "module": "keras",
                "class_name": "DTypePolicy",
                "config": {"name": "float32"},
                "registered_name": null,
            },
        }),
    };
    if let (Some(config), Value::Object(own)) = (config.as_object_mut(), layers::write(node)?) {
        config.extend(own);
    }
    Ok(config)
}

//! Writes a graph's weights as float32, under Keras's names and in its layouts.

use std::io::Write;
use std::path::Path;

use graph::{Graph, Parameter, Weights};
use serde_json::{Map, json};

use super::{FORMAT, KERAS};
use crate::Result;
use crate::keras::order_of_graph;

/// Writes the `weights` of `graph` to `path`, whole or not at all; layers are in Keras's order.
///
/// The same graph and weights give the same bytes.
///
/// # Errors
/// The file cannot be written; the weights are another graph's.
pub fn write(path: &Path, graph: &Graph, weights: &Weights) -> Result<()> {
    weights.check(graph)?;
    let nodes = order_of_graph(graph).into_iter().map(|index| &graph.nodes()[index]);
    let parameters: Vec<&Parameter> =
        nodes.flat_map(|node| &node.parameters).map(|id| graph.parameter(*id)).collect();
    let header = header(graph, &parameters);
    let failed = |source| crate::Error::from(files::Error::new("write", path, source));
    files::write_with(path, |output| {
        output.write_all(&(header.len() as u64).to_le_bytes()).map_err(failed)?;
        output.write_all(header.as_bytes()).map_err(failed)?;
        for parameter in parameters {
            for values in weights.get(parameter).chunks(1 << 14) {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                output.write_all(&bytes).map_err(failed)?;
            }
        }
        Ok(())
    })
}

fn header(graph: &Graph, parameters: &[&Parameter]) -> String {
    let mut header = Map::new();
    header.insert("__metadata__".into(), json!({FORMAT: KERAS, "model": graph.name()}));
    let mut from = 0;
    for parameter in parameters {
        let to = from + size_of::<f32>() * parameter.len();
        let entry = json!({"dtype": "F32", "shape": parameter.shape.dims(), "data_offsets": [from, to]});
        header.insert(parameter.name.clone(), entry);
        from = to;
    }
    let mut text = serde_json::Value::Object(header).to_string();
    while !text.len().is_multiple_of(8) {
        text.push(' '); // so that the values are aligned
    }
    text
}

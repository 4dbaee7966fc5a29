//! Writes values as float32: a graph's weights under Keras's names and in its layouts, or any values with names.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use graph::{Graph, Parameter, Weights};
use serde_json::{Map, Value, json};

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
    let tensors: Vec<Tensor<'_>> = parameters
        .into_iter()
        .map(|parameter| (parameter.name.as_str(), parameter.shape.dims(), weights.get(parameter)))
        .collect();
    write_tensors(path, &tensors, json!({FORMAT: KERAS, "model": graph.name()}))
}

/// Writes values with names to `path`, whole or not at all, and `metadata` beside them.
///
/// # Errors
/// The file cannot be written.
pub fn write_values<'a>(
    path: &Path,
    values: impl IntoIterator<Item = (&'a str, &'a [f32])>,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let values: Vec<(&str, [usize; 1], &[f32])> =
        values.into_iter().map(|(name, values)| (name, [values.len()], values)).collect();
    let tensors: Vec<Tensor<'_>> =
        values.iter().map(|(name, shape, values)| (*name, &shape[..], *values)).collect();
    write_tensors(path, &tensors, json!(metadata))
}

/// Name, shape and values.
type Tensor<'a> = (&'a str, &'a [usize], &'a [f32]);

fn write_tensors(path: &Path, tensors: &[Tensor<'_>], metadata: Value) -> Result<()> {
    let header = header(tensors, metadata);
    let failed = |source| crate::Error::from(files::Error::new("write", path, source));
    files::write_with(path, |output| {
        output.write_all(&(header.len() as u64).to_le_bytes()).map_err(failed)?;
        output.write_all(header.as_bytes()).map_err(failed)?;
        for (_, _, values) in tensors {
            for values in values.chunks(1 << 14) {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                output.write_all(&bytes).map_err(failed)?;
            }
        }
        Ok(())
    })
}

fn header(tensors: &[Tensor<'_>], metadata: Value) -> String {
    let mut header = Map::new();
    header.insert("__metadata__".into(), metadata);
    let mut from = 0;
    for (name, shape, values) in tensors {
        let to = from + size_of_val(*values);
        header
            .insert((*name).to_owned(), json!({"dtype": "F32", "shape": shape, "data_offsets": [from, to]}));
        from = to;
    }
    let mut text = Value::Object(header).to_string();
    while !text.len().is_multiple_of(8) {
        text.push(' '); // so that the values are aligned
    }
    text
}

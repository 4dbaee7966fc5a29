//! Weights that go from one model to another, layer by layer.

use std::collections::HashMap;

use graph::{Graph, Node, ParameterId, Weights};

use crate::{Error, Result};

/// Which layers' weights are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All; anything that does not fit is an error.
    All,
    /// Those whose name and shapes are found; the others stay as they are.
    ByName,
}

/// What was loaded and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// The layers that got weights.
    pub loaded: Vec<String>,
    /// The layers that did not, and why.
    pub skipped: Vec<(String, String)>,
}

/// Copies the weights of `from`'s layers to those of `to` with the same name.
///
/// # Errors
/// With [`Which::All`], the models' layers differ; `to_weights` are then unchanged. With either, the weights are of
/// another size than their graph's.
pub(crate) fn copy(
    from: &Graph,
    from_weights: &Weights,
    to: &Graph,
    to_weights: &mut Weights,
    which: Which,
) -> Result<Loaded> {
    from_weights.check(from)?;
    to_weights.check(to)?;
    let (sources, targets) = (by_name(from), by_name(to));
    let mut loaded = Loaded::default();
    let mut pairs = Vec::new();
    for node in with_weights(to) {
        match fitting(sources.get(node.name.as_str()).copied(), from, to, node) {
            Ok(source) => {
                pairs.extend(source.iter().zip(&node.parameters));
                loaded.loaded.push(node.name.clone());
            }
            Err(why) => loaded.skipped.push((node.name.clone(), why)),
        }
    }
    for node in with_weights(from).filter(|node| !targets.contains_key(node.name.as_str())) {
        loaded.skipped.push((node.name.clone(), format!("model {} has no layer of this name", to.name())));
    }
    if let (Which::All, Some((layer, why))) = (which, loaded.skipped.first()) {
        let others = loaded.skipped.len() - 1;
        let others = if others > 0 { format!(" (and {others} more layers)") } else { String::new() };
        return Err(Error::mismatch(format!(
            "the weights are of another model: layer {layer}: {why}{others}"
        )));
    }
    for (source, target) in pairs {
        let values = from_weights.get(from.parameter(*source));
        to_weights.get_mut(to.parameter(*target)).copy_from_slice(values);
    }
    Ok(loaded)
}

fn by_name(graph: &Graph) -> HashMap<&str, &Node> {
    graph.nodes().iter().map(|node| (node.name.as_str(), node)).collect()
}

fn with_weights(graph: &Graph) -> impl Iterator<Item = &Node> {
    graph.nodes().iter().filter(|node| !node.parameters.is_empty())
}

/// The parameters of `source` for `node`, or why they do not fit.
fn fitting<'a>(
    source: Option<&'a Node>,
    from: &Graph,
    to: &Graph,
    node: &Node,
) -> std::result::Result<&'a [ParameterId], String> {
    let source = source.ok_or("the file has no layer of this name")?;
    let described = |graph: &Graph, node: &Node| {
        let parameter = |id| {
            let parameter = graph.parameter(id);
            format!("{} {:?}", parameter.role.name(), parameter.shape.dims())
        };
        node.parameters.iter().map(|id| parameter(*id)).collect::<Vec<_>>()
    };
    let (have, want) = (described(from, source), described(to, node));
    match have == want {
        true => Ok(&source.parameters),
        false => Err(format!("expected {}, received {}", want.join(", "), have.join(", "))),
    }
}

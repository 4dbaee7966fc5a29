//! The layers of a file of weights, brought to those of a graph: by name, else by order.

use std::collections::{HashMap, VecDeque};

use graph::{Graph, Node, Parameter, ParameterId, Weights};

use crate::figures::other_figures;
use crate::keras::{group_class, order_of_graph};
use crate::{Error, Loaded, Matching, Result, Which};

/// A layer of a file of weights.
#[derive(Debug)]
pub(crate) struct StoredLayer<K> {
    /// What the file calls it; empty where it does not say.
    pub(crate) name: String,
    /// The model in the file that it belongs to; only layers of one model have an order.
    pub(crate) model: String,
    /// Keras's name for groups of its class, as `conv2d`, where the file says; then layers are in order within one
    /// class, else all together.
    pub(crate) class: Option<String>,
    /// Its variables, in Keras's order.
    pub(crate) variables: Vec<StoredVariable<K>>,
}

/// A variable of a layer in a file.
#[derive(Debug)]
pub(crate) struct StoredVariable<K> {
    /// As `kernel`; empty where the file does not say.
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    /// Where its values are.
    pub(crate) key: K,
}

impl<K> StoredLayer<K> {
    /// Whether it is a `Normalization` that was adapted to pictures. Its figures belong to a graph, not to weights.
    pub(crate) fn is_normalization(&self) -> bool {
        let names: Vec<&str> = self.variables.iter().map(|variable| variable.name.as_str()).collect();
        self.class.as_deref() == Some("normalization") || names == ["mean", "variance", "count"]
    }
}

/// Which variable of the file each parameter gets, by the graph's layers.
struct Plan<'a, K> {
    pairs: Vec<(ParameterId, &'a StoredVariable<K>)>,
    loaded: Loaded,
    /// Why it cannot be followed: a layer that needs weights, or is left over, and why.
    failures: Vec<(String, String)>,
}

/// Why a layer that was asked to be left out gets nothing.
pub(crate) const LEFT_AS_IT_IS: &str = "it is left as it is";

/// Fills the weights of `graph` from the layers of a file; `read` gives the values at a key.
///
/// # Errors
/// A layer that needs weights gets none, neither by name nor by order, or its values cannot be read; or the weights
/// are another graph's. They are then unchanged.
pub(crate) fn load<K>(
    file: &[StoredLayer<K>],
    graph: &Graph,
    weights: &mut Weights,
    which: Which<'_>,
    read: impl Fn(&K) -> Result<Vec<f32>>,
) -> Result<Loaded> {
    weights.check(graph)?;
    let mut plan = by_name(file, graph, which);
    if let Some((layer, why)) = plan.failures.first() {
        let others = plan.failures.len() - 1;
        let others = if others > 0 { format!(" (and {others} more layers)") } else { String::new() };
        let message = format!("the weights are of another model: layer {layer}: {why}{others}");
        plan = by_order(file, graph, which).map_err(|why| {
            Error::mismatch(format!("{message}; in the order of the layers neither: {why}"))
        })?;
    }
    let other_figures = other_figures(file, graph, &read)?;
    if let (Which::All, Some((layer, why))) = (which, other_figures.first()) {
        return Err(Error::mismatch(format!("the weights are of another model: layer {layer}: {why}")));
    }
    plan.loaded.skipped.extend(other_figures);
    let mut filled = weights.clone(); // a failure changes nothing
    for (id, variable) in plan.pairs {
        let (parameter, values) = (graph.parameter(id), read(&variable.key)?);
        if values.len() != parameter.len() {
            return Err(Error::malformed(format!("{}: received {} values", parameter.name, values.len())));
        }
        filled.get_mut(parameter).copy_from_slice(&values);
    }
    *weights = filled;
    Ok(plan.loaded)
}

fn with_weights(graph: &Graph) -> impl Iterator<Item = &Node> {
    graph.nodes().iter().filter(|node| !node.parameters.is_empty())
}

fn by_name<'a, K>(file: &'a [StoredLayer<K>], graph: &Graph, which: Which<'_>) -> Plan<'a, K> {
    let mut sources: HashMap<&str, Vec<&StoredLayer<K>>> = HashMap::new();
    for layer in file.iter().filter(|layer| !layer.name.is_empty()) {
        sources.entry(&layer.name).or_default().push(layer);
    }
    let mut plan = Plan { pairs: Vec::new(), loaded: Loaded::default(), failures: Vec::new() };
    for node in with_weights(graph) {
        if which.leaves(&node.name) {
            sources.remove(node.name.as_str());
            plan.loaded.skipped.push((node.name.clone(), LEFT_AS_IT_IS.into()));
            continue;
        }
        let fitting = match sources.remove(node.name.as_str()).as_deref() {
            Some([source]) => fit(graph, node, source),
            Some(_) => Err("the file has several layers of this name".to_owned()),
            None => Err("the file has no layer of this name".to_owned()),
        };
        match fitting {
            Ok(pairs) => {
                plan.pairs.extend(pairs);
                plan.loaded.loaded.push(node.name.clone());
            }
            Err(why) if which.needs(&node.name) => plan.failures.push((node.name.clone(), why)),
            Err(why) => plan.loaded.skipped.push((node.name.clone(), why)),
        }
    }
    for layer in file {
        if layer.is_normalization() {
            continue; // its figures belong to the graph
        } else if layer.name.is_empty() || sources.contains_key(layer.name.as_str()) {
            let name = if layer.name.is_empty() { "(without a name)" } else { &layer.name };
            let why = format!("model {} has no layer of this name", graph.name());
            let list = if which == Which::All { &mut plan.failures } else { &mut plan.loaded.skipped };
            list.push((name.to_owned(), why));
        }
    }
    plan
}

/// Each layer of the graph that needs weights gets those of the layer in the same place of one of the file's models.
fn by_order<'a, K>(
    file: &'a [StoredLayer<K>],
    graph: &Graph,
    which: Which<'_>,
) -> std::result::Result<Plan<'a, K>, String> {
    let mut models: Vec<Vec<usize>> = Vec::new();
    let mut numbers = HashMap::new();
    for (index, layer) in file.iter().enumerate().filter(|(_, layer)| !layer.is_normalization()) {
        let number = *numbers.entry(layer.model.as_str()).or_insert(models.len());
        match models.get_mut(number) {
            Some(layers) => layers.push(index),
            None => models.push(vec![index]),
        }
    }
    // Through the models in the model too, where that is clear: the order is of all layers,
    // or no class is in two models.
    let mut model_of = HashMap::new();
    let is_clear = file.iter().all(|layer| match &layer.class {
        None => true,
        Some(class) => *model_of.entry(class).or_insert(&layer.model) == &layer.model,
    });
    if models.len() > 1 && is_clear {
        models.insert(0, models.iter().flatten().copied().collect());
    }
    let mut failure = None;
    for layers in models.into_iter().take(MOST_MODELS) {
        match in_order(file, &layers, graph, which) {
            Ok(plan) => return Ok(plan),
            Err(why) => failure = failure.or(Some(why)),
        }
    }
    Err(failure.unwrap_or_else(|| "the file has no layers".into()))
}

/// A real file has one model, or a base in another; no more are tried.
const MOST_MODELS: usize = 32;

/// As [`by_order`], among these layers.
fn in_order<'a, K>(
    file: &'a [StoredLayer<K>],
    layers: &[usize],
    graph: &Graph,
    which: Which<'_>,
) -> std::result::Result<Plan<'a, K>, String> {
    const ALL: &str = ""; // classes that the file does not say
    let mut queues: HashMap<String, VecDeque<usize>> = HashMap::new();
    for index in layers {
        queues.entry(file[*index].class.clone().unwrap_or(ALL.into())).or_default().push_back(*index);
    }
    let mut plan = Plan { pairs: Vec::new(), loaded: Loaded::default(), failures: Vec::new() };
    plan.loaded.matching = Matching::ByOrder;
    let mut used = vec![false; file.len()];
    let nodes = order_of_graph(graph).into_iter().map(|index| &graph.nodes()[index]);
    for node in nodes.filter(|node| !node.parameters.is_empty()) {
        if !which.needs(&node.name) {
            plan.loaded.skipped.push((node.name.clone(), LEFT_AS_IT_IS.into()));
            continue;
        }
        let class = group_class(&node.op);
        let next = [ALL, &class].iter().find_map(|class| queues.get_mut(*class)?.pop_front());
        let index = next.ok_or_else(|| format!("the file has none left for layer {}", node.name))?;
        used[index] = true;
        let pairs = fit(graph, node, &file[index])
            .map_err(|why| format!("layer {} would get those of {}: {why}", node.name, file[index].name))?;
        plan.pairs.extend(pairs);
        plan.loaded.loaded.push(node.name.clone());
    }
    let left_over = file.iter().zip(used).filter(|(layer, used)| !used && !layer.is_normalization());
    for (layer, _) in left_over {
        if which == Which::All {
            return Err(format!("layer {} of the file is left over", layer.name));
        }
        let why = "it lies behind the layers that are loaded";
        plan.loaded.skipped.push((layer.name.clone(), why.into()));
    }
    Ok(plan)
}

/// The variables of `source` for the parameters of `node`, or why they do not fit.
pub(crate) fn fit<'a, K>(
    graph: &Graph,
    node: &Node,
    source: &'a StoredLayer<K>,
) -> std::result::Result<Vec<(ParameterId, &'a StoredVariable<K>)>, String> {
    let wanted: Vec<&Parameter> = node.parameters.iter().map(|id| graph.parameter(*id)).collect();
    let named = |parameter: &Parameter| {
        source.variables.iter().find(|variable| {
            // Keras 2 calls a depthwise convolution's kernel so.
            let name = match variable.name.as_str() {
                "depthwise_kernel" if wanted.iter().any(|want| want.role.name() == "kernel") => "kernel",
                name => name,
            };
            name == parameter.role.name()
        })
    };
    // Where the file has other names for the variables, or none, they are in Keras's order.
    let by_name: Option<Vec<_>> = wanted.iter().map(|parameter| named(parameter)).collect();
    let variables = by_name.unwrap_or_else(|| source.variables.iter().collect());
    let same = variables.len() == source.variables.len()
        && variables.len() == wanted.len()
        && variables.iter().zip(&wanted).all(|(variable, want)| variable.shape == want.shape.dims());
    if same {
        return Ok(node.parameters.iter().copied().zip(variables).collect());
    }
    let want = wanted.iter().map(|want| described(want.role.name(), want.shape.dims()));
    let have = source.variables.iter().map(|variable| described(&variable.name, &variable.shape));
    let joined = |parts: Vec<String>| parts.join(", ");
    Err(format!("expected {}, received {}", joined(want.collect()), joined(have.collect())))
}

fn described(name: &str, shape: &[usize]) -> String {
    format!("{name} {shape:?}").trim_start().to_owned()
}

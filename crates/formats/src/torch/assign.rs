//! Tensors brought to a graph's parameters by a map of names.

use std::collections::{HashMap, HashSet};

use graph::{Graph, Node, Op, Parameter, Weights};

use super::{Tensor, to_keras_layout};
use crate::{Error, Loaded, Result, Which};

/// Fills the parameters of `graph` from `tensors`; `name_of` gives the tensor for a parameter, as `Conv1/kernel`.
///
/// A parameter without a name keeps its values. The result lists parameters, and the tensors that none asked for.
///
/// # Errors
/// A tensor is missing or has another shape, or `weights` are another graph's; they are then unchanged.
pub fn assign(
    graph: &Graph,
    weights: &mut Weights,
    tensors: &[Tensor],
    name_of: impl Fn(&str) -> Option<String>,
) -> Result<Loaded> {
    Assignment::new(graph, tensors, &name_of).run(weights, |parameter| name_of(&parameter.name).is_some())
}

/// As [`assign`], for `which` layers of `graph`; a layer that may be left out gets all of its parameters or none.
///
/// # Errors
/// As [`assign`]; or a parameter of a layer that needs weights has no name; or, with [`Which::All`], a tensor is left
/// over, other than PyTorch's counts of batches.
pub fn load(
    graph: &Graph,
    weights: &mut Weights,
    tensors: &[Tensor],
    which: Which<'_>,
    name_of: impl Fn(&str) -> Option<String>,
) -> Result<Loaded> {
    let before = weights.clone();
    let needs = |parameter: &Parameter| which.needs(&graph.node(parameter.node).name);
    let loaded = Assignment::new(graph, tensors, &name_of).run(weights, needs)?;
    let left_over = |(name, why): &&(String, String)| why == LEFT_OVER && !name.ends_with(COUNT_OF_BATCHES);
    match loaded.skipped.iter().find(left_over) {
        Some((name, why)) if which == Which::All => {
            *weights = before;
            Err(Error::mismatch(format!("tensor {name}: {why}")))
        }
        _ => Ok(loaded),
    }
}

const LEFT_OVER: &str = "the model has no parameter for it";
/// PyTorch's batch norm counts its steps in a tensor.
const COUNT_OF_BATCHES: &str = "num_batches_tracked";

struct Assignment<'a> {
    graph: &'a Graph,
    /// The name in the file of each parameter.
    names: Vec<Option<String>>,
    /// Of norms that have no factors: a parameter, and the name that their factors would have in the file.
    factors: Vec<(&'a Parameter, String)>,
    tensors: &'a [Tensor],
    by_name: HashMap<&'a str, &'a Tensor>,
    /// What comes before all names in the file.
    prefix: &'a str,
}

impl<'a> Assignment<'a> {
    fn new(graph: &'a Graph, tensors: &'a [Tensor], name_of: &dyn Fn(&str) -> Option<String>) -> Self {
        let names: Vec<Option<String>> =
            graph.parameters().iter().map(|parameter| name_of(&parameter.name)).collect();
        let factors = graph.nodes().iter().filter_map(|node| without_factors(graph, node));
        let factors = factors.filter_map(|(parameter, name)| Some((parameter, name_of(&name)?))).collect();
        let prefix = prefix(tensors, &names.iter().flatten().map(String::as_str).collect());
        let below = |tensor: &'a Tensor| Some((tensor.name.strip_prefix(prefix)?, tensor));
        Self { graph, names, factors, tensors, by_name: tensors.iter().filter_map(below).collect(), prefix }
    }

    fn run(self, weights: &mut Weights, needs: impl Fn(&Parameter) -> bool) -> Result<Loaded> {
        weights.check(self.graph)?;
        let mut loaded = Loaded::default();
        let (mut values, mut used, mut partial) = (Vec::new(), HashSet::new(), HashSet::new());
        for (parameter, name) in self.graph.parameters().iter().zip(&self.names) {
            let found = match name {
                None => Err(Error::mismatch("it has no name in the file")),
                Some(name) => self.values(parameter, name),
            };
            match found {
                Ok(found) => {
                    used.extend(name.as_deref());
                    values.push((parameter, found));
                }
                Err(why) if needs(parameter) => {
                    return Err(why.within(format!("layer {}", self.graph.node(parameter.node).name)));
                }
                Err(why) => {
                    partial.extend(name.as_ref().map(|_| parameter.node));
                    loaded.skipped.push((parameter.name.clone(), why.to_string()));
                }
            }
        }
        used.extend(self.factors.iter().map(|(_, name)| name.as_str()));
        for (parameter, name) in self.other_factors() {
            let why = "it has factors other than 1, and the norm that it is for has none";
            if needs(parameter) {
                let layer = &self.graph.node(parameter.node).name;
                return Err(Error::mismatch(format!("layer {layer}: tensor {name}: {why}")));
            }
            partial.insert(parameter.node);
            loaded.skipped.push((name.clone(), why.into()));
        }
        for (parameter, values) in values {
            if partial.contains(&parameter.node) {
                loaded.skipped.push((parameter.name.clone(), "others of its layer do not fit".into()));
                continue;
            }
            weights.get_mut(parameter).copy_from_slice(&values);
            loaded.loaded.push(parameter.name.clone());
        }
        let names = self.tensors.iter().filter_map(|tensor| tensor.name.strip_prefix(self.prefix));
        let unused = names.filter(|name| !used.contains(name));
        loaded.skipped.extend(unused.map(|name| (name.to_owned(), LEFT_OVER.into())));
        Ok(loaded)
    }

    /// Those of the factors that are not one.
    fn other_factors(&self) -> impl Iterator<Item = &(&'a Parameter, String)> {
        self.factors.iter().filter(|(_, name)| {
            let tensor = self.by_name.get(name.as_str());
            tensor.is_some_and(|tensor| tensor.data.iter().any(|factor| *factor != 1.0))
        })
    }

    fn values(&self, parameter: &Parameter, name: &str) -> Result<Vec<f32>> {
        let tensor = self.by_name.get(name).ok_or_else(|| {
            let near = graph::nearest(name, self.by_name.keys().copied(), 3).join(", ");
            Error::mismatch(format!(
                "{} needs the tensor {name}, which is missing; like it are {near}",
                parameter.name
            ))
        })?;
        to_keras_layout(self.graph, parameter, tensor)
    }
}

/// A parameter of a norm that has no factors, and what these would be called. PyTorch's norms always have them; where they
/// are one, they are what Keras's norms are without.
fn without_factors<'a>(graph: &'a Graph, node: &'a Node) -> Option<(&'a Parameter, String)> {
    match &node.op {
        Op::BatchNorm(norm) if !norm.scale => {
            Some((graph.parameter(*node.parameters.first()?), format!("{}/gamma", node.name)))
        }
        _ => None,
    }
}

/// What comes before the `wanted` names in the file, as `state_dict.` in a checkpoint or `module.` of a model that was
/// trained in parallel: that under which most are found, the first one where several are alike.
fn prefix<'a>(tensors: &'a [Tensor], wanted: &HashSet<&str>) -> &'a str {
    /// Some names suffice to find what comes before them; more would cost time on a hostile file.
    const SAMPLES: usize = 8;
    let mut sample: Vec<&str> = wanted.iter().copied().collect();
    sample.sort_unstable();
    let step = sample.len().div_ceil(SAMPLES).max(1);
    let mut counts: Vec<(&str, usize)> = vec![("", 0)];
    for name in sample.into_iter().step_by(step) {
        for tensor in tensors {
            let before = tensor.name.strip_suffix(name).unwrap_or_default();
            if before.ends_with('.') && counts.len() < 64 && counts.iter().all(|(known, _)| *known != before)
            {
                counts.push((before, 0));
            }
        }
    }
    for (prefix, count) in &mut counts {
        let found =
            |tensor: &&Tensor| tensor.name.strip_prefix(*prefix).is_some_and(|name| wanted.contains(name));
        *count = tensors.iter().filter(found).count();
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.into_iter().find(|(_, count)| *count == most).map_or("", |(prefix, _)| prefix)
}

//! Tensors brought to a graph's parameters by a map of names.

use std::collections::{HashMap, HashSet};

use graph::{Graph, Node, NodeId, Op, Parameter, Weights};

use super::{Tensor, prefix, to_keras_layout};
use crate::stored::LEFT_AS_IT_IS;
use crate::{Error, Loaded, Result, Which};

/// Fills the parameters of `graph` from `tensors`; `name_of` gives the tensor for a parameter, as `Conv1/kernel`.
///
/// A layer that may be left out gets all of its parameters or none. The result lists parameters, and the tensors that
/// none asked for.
///
/// # Errors
/// A layer that needs weights has a parameter without a name, or whose tensor is missing or of another shape; with
/// [`Which::All`], a tensor is left over, other than PyTorch's counts of batches; `weights` are another graph's. They
/// are then unchanged.
pub(crate) fn load(
    graph: &Graph,
    weights: &mut Weights,
    tensors: &[Tensor],
    which: Which<'_>,
    name_of: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded> {
    weights.check(graph)?;
    let mut matched = Matched::default();
    Names::new(graph, tensors, name_of).match_all(which, &mut matched)?;
    let left_over = |(name, why): &&(String, String)| why == LEFT_OVER && !name.ends_with(COUNT_OF_BATCHES);
    if let (Which::All, Some((name, why))) = (which, matched.skipped.iter().find(left_over)) {
        return Err(Error::mismatch(format!("tensor {name}: {why}")));
    }
    Ok(matched.fill(weights))
}

const LEFT_OVER: &str = "the model has no parameter for it";
/// PyTorch's batch norm counts its steps in a tensor.
const COUNT_OF_BATCHES: &str = "num_batches_tracked";

/// What goes where.
#[derive(Default)]
struct Matched<'a> {
    values: Vec<(&'a Parameter, Vec<f32>)>,
    /// Layers of which not all can be filled.
    partial: HashSet<NodeId>,
    skipped: Vec<(String, String)>,
}

impl Matched<'_> {
    fn fill(self, weights: &mut Weights) -> Loaded {
        let mut loaded = Loaded { skipped: self.skipped, ..Loaded::default() };
        for (parameter, values) in self.values {
            if self.partial.contains(&parameter.node) {
                loaded.skipped.push((parameter.name.clone(), "others of its layer do not fit".into()));
                continue;
            }
            weights.get_mut(parameter).copy_from_slice(&values);
            loaded.loaded.push(parameter.name.clone());
        }
        loaded
    }
}

struct Names<'a> {
    graph: &'a Graph,
    /// The name in the file of each parameter.
    wanted: Vec<Option<String>>,
    /// Of norms that have no factors: a parameter, and the name that their factors would have in the file.
    factors: Vec<(&'a Parameter, String)>,
    tensors: &'a [Tensor],
    by_name: HashMap<&'a str, &'a Tensor>,
    /// What comes before all names in the file.
    prefix: &'a str,
}

impl<'a> Names<'a> {
    fn new(graph: &'a Graph, tensors: &'a [Tensor], name_of: &dyn Fn(&str) -> Option<String>) -> Self {
        let wanted: Vec<Option<String>> =
            graph.parameters().iter().map(|parameter| name_of(&parameter.name)).collect();
        let factors = graph.nodes().iter().filter_map(|node| without_factors(graph, node));
        let factors = factors.filter_map(|(parameter, name)| Some((parameter, name_of(&name)?))).collect();
        let prefix = prefix::find(tensors, &wanted.iter().flatten().map(String::as_str).collect());
        let below = |tensor: &'a Tensor| Some((tensor.name.strip_prefix(prefix)?, tensor));
        let by_name = tensors.iter().filter_map(below).collect();
        Self { graph, wanted, factors, tensors, by_name, prefix }
    }

    fn match_all(&self, which: Which<'_>, matched: &mut Matched<'a>) -> Result<()> {
        let mut used = HashSet::new();
        for (parameter, name) in self.graph.parameters().iter().zip(&self.wanted) {
            let layer = &self.graph.node(parameter.node).name;
            if which.leaves(layer) {
                used.extend(name.as_deref());
                matched.skipped.push((parameter.name.clone(), LEFT_AS_IT_IS.into()));
                continue;
            }
            match self.values(parameter, name.as_deref()) {
                Ok(values) => {
                    used.extend(name.as_deref());
                    matched.values.push((parameter, values));
                }
                Err(why) if which.needs(layer) => return Err(why.within(format!("layer {layer}"))),
                Err(why) => {
                    matched.partial.extend(name.as_ref().map(|_| parameter.node));
                    matched.skipped.push((parameter.name.clone(), why.to_string()));
                }
            }
        }
        used.extend(self.factors.iter().map(|(_, name)| name.as_str()));
        for (parameter, name) in self.other_factors() {
            let layer = &self.graph.node(parameter.node).name;
            let why = "it has factors other than 1, and the norm that it is for has none";
            if which.needs(layer) {
                return Err(Error::mismatch(format!("layer {layer}: tensor {name}: {why}")));
            }
            matched.partial.insert(parameter.node);
            matched.skipped.push((name.clone(), why.into()));
        }
        let names = self.tensors.iter().filter_map(|tensor| tensor.name.strip_prefix(self.prefix));
        let unused = names.filter(|name| !used.contains(name));
        matched.skipped.extend(unused.map(|name| (name.to_owned(), LEFT_OVER.into())));
        Ok(())
    }

    /// Those of the factors that are not one.
    fn other_factors(&self) -> impl Iterator<Item = &(&'a Parameter, String)> {
        self.factors.iter().filter(|(_, name)| {
            let tensor = self.by_name.get(name.as_str());
            tensor.is_some_and(|tensor| tensor.data.iter().any(|factor| *factor != 1.0))
        })
    }

    fn values(&self, parameter: &Parameter, name: Option<&str>) -> Result<Vec<f32>> {
        let name = name.ok_or_else(|| Error::mismatch("it has no name in the file"))?;
        let tensor = self.by_name.get(name).ok_or_else(|| {
            let near = self.like(name).join(", ");
            Error::mismatch(format!(
                "{} needs the tensor {name}, which is missing; like it are {near}",
                parameter.name
            ))
        })?;
        to_keras_layout(self.graph, parameter, tensor)
    }

    /// Names of the file like `name`, for a message. Each costs as many steps as both have letters, multiplied; so some
    /// are looked at, and none that is far longer.
    fn like(&self, name: &str) -> Vec<&'a str> {
        const LOOKED_AT: usize = 1000;
        let mut names: Vec<&str> =
            self.by_name.keys().copied().filter(|other| other.len() <= 2 * name.len() + 8).collect();
        names.sort_unstable(); // of too many, the same ones every time
        names.truncate(LOOKED_AT);
        graph::nearest(name, names, 3)
    }
}

/// A parameter of a norm that has no factors, and what these would be called. PyTorch's norms always have them; where
/// they are one, they are what Keras's norms are without.
fn without_factors<'a>(graph: &'a Graph, node: &'a Node) -> Option<(&'a Parameter, String)> {
    match &node.op {
        Op::BatchNorm(norm) if !norm.scale => {
            Some((graph.parameter(*node.parameters.first()?), format!("{}/gamma", node.name)))
        }
        _ => None,
    }
}

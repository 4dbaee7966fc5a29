//! Which part of a graph learns.

use graph::{Graph, NodeId, Op};

use crate::{Error, ErrorKind, Result};

/// Where a trainable batch norm takes its mean and variance from while training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BatchStatistics {
    /// The batch: Keras's `training=True`. The moving figures follow.
    #[default]
    Batch,
    /// The moving figures, which stay as they are: Keras's `training=False`, the rule for fine-tuning.
    Moving,
}

/// How a node is run while training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    /// Not on the way from the start to the output.
    Absent,
    /// Gives the same for the same picture in every step: folded as for inference.
    Fixed,
    /// Changes from step to step, but no gradient passes through it (dropout on fixed features).
    Random,
    /// Has a trained parameter, or one before it.
    Trained,
}

/// The regions of all nodes of a graph.
pub(crate) struct Regions(Vec<Region>);

impl Regions {
    /// Everything fixed: inference from `start`, whose output is given, to `end`.
    pub(crate) fn inference(graph: &Graph, start: NodeId, end: NodeId) -> Result<Self> {
        let needed = needed(graph, start, end)?;
        Ok(Self(needed.into_iter().map(|n| if n { Region::Fixed } else { Region::Absent }).collect()))
    }

    /// Training from the features that `start` gives to the model's output.
    pub(crate) fn training(graph: &Graph, start: NodeId) -> Result<Self> {
        let needed = needed(graph, start, graph.output())?;
        let mut regions: Vec<Region> = Vec::with_capacity(needed.len());
        for id in graph.ids() {
            let node = graph.node(id);
            let of_inputs = || node.inputs.iter().map(|i| regions[i.index()]);
            let learns = node.parameters.iter().any(|p| graph.is_trained(graph.parameter(*p)));
            regions.push(if !needed[id.index()] {
                Region::Absent
            } else if id == start {
                Region::Fixed
            } else if learns || of_inputs().any(|r| r == Region::Trained) {
                Region::Trained
            } else if is_random(graph, id) || of_inputs().any(|r| r == Region::Random) {
                Region::Random
            } else {
                Region::Fixed
            });
        }
        Ok(Self(regions))
    }

    pub(crate) fn of(&self, id: NodeId) -> Region {
        self.0[id.index()]
    }
}

/// A dropout in a frozen part is idle, as in Keras when a base is called with `training=False`.
fn is_random(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    node.trainable && matches!(node.op, Op::Dropout(rate) | Op::StochasticDepth(rate) if rate > 0.0)
}

/// Which nodes must run to get from `start` to `end`; an error when `end` needs another way round `start`.
fn needed(graph: &Graph, start: NodeId, end: NodeId) -> Result<Vec<bool>> {
    let mut needed = vec![false; graph.nodes().len()];
    needed[end.index()] = true;
    for id in graph.ids().rev().filter(|&id| id > start) {
        if needed[id.index()] {
            graph.node(id).inputs.iter().for_each(|i| needed[i.index()] = true);
        }
    }
    match graph.ids().find(|&id| id < start && needed[id.index()]) {
        None => Ok(needed),
        Some(other) => Err(Error::new(
            ErrorKind::Model,
            format!(
                "layer {} cannot stand for the picture: {} also needs layer {}",
                graph.node(start).name,
                graph.node(end).name,
                graph.node(other).name
            ),
        )),
    }
}

/// The one node through which everything that learns sees the picture, when nothing before it learns or is random.
///
/// Its output is the same in every epoch for the same picture, so it can be computed once. `None` when the first
/// layer learns already, or when the learning part reads several fixed tensors.
pub fn frozen_frontier(graph: &Graph) -> Option<NodeId> {
    let regions = Regions::training(graph, graph.input()).ok()?;
    let is_fixed = |id: NodeId| regions.of(id) == Region::Fixed;
    let learning = graph.ids().filter(|&id| matches!(regions.of(id), Region::Random | Region::Trained));
    let mut read: Vec<NodeId> =
        learning.flat_map(|id| graph.node(id).inputs.iter().copied().filter(|&i| is_fixed(i))).collect();
    read.sort();
    read.dedup();
    match read[..] {
        [only] if only != graph.input() => Some(only),
        _ => None,
    }
}

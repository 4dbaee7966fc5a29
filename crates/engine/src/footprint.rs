//! How much memory running a graph takes, told before any of it is used.

use graph::{Graph, NodeId, Op};

use crate::trainer::Planned;
use crate::{Result, TrainerOptions, predictor};

/// Bytes that a [`crate::Trainer`] or a [`crate::Predictor`] takes beside the weights that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// The tensors between the layers, as many as the largest batch needs.
    pub buffers: usize,
    /// The weights once more, laid out for the kernels; no less than it will be.
    pub packed: usize,
    /// The gradients of what is trained.
    pub gradients: usize,
}

impl Footprint {
    /// Of a [`crate::Trainer`] with these options.
    ///
    /// # Errors
    /// As [`crate::Trainer::new`].
    pub fn of_training(graph: &Graph, options: &TrainerOptions) -> Result<Self> {
        let planned = Planned::new(graph, options)?;
        let gradients = planned.slots.last().map_or(0, |slot| slot.gradients.end);
        let start = options.start.unwrap_or_else(|| graph.input());
        Ok(Self {
            buffers: planned.wired.arena.bytes() + planned.scratch * size_of::<f32>(),
            packed: packed(graph, (start, graph.output()), Turned::WhereTrained),
            gradients: gradients * size_of::<f32>(),
        })
    }

    /// Of a [`crate::Predictor`] from `start` to `end` for batches of up to `batch`.
    ///
    /// # Errors
    /// As [`crate::Predictor::new`].
    pub fn of_inference(graph: &Graph, (start, end): (NodeId, NodeId), batch: usize) -> Result<Self> {
        let (_, arena) = predictor::planned(graph, (start, end), batch.max(1))?;
        Ok(Self {
            buffers: arena.bytes(),
            packed: packed(graph, (start, end), Turned::Nowhere),
            gradients: 0,
        })
    }

    /// All of it.
    pub fn bytes(&self) -> usize {
        self.buffers + self.packed + self.gradients
    }
}

/// Which kernels are laid out a second time, turned around, for the gradients of inputs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turned {
    Nowhere,
    WhereTrained,
}

/// What the layers behind `start`, up to `end`, lay out of their parameters.
fn packed(graph: &Graph, (start, end): (NodeId, NodeId), turned: Turned) -> usize {
    let nodes = graph.ids().filter(|&id| id > start && id <= end).map(|id| graph.node(id));
    let parameters = nodes.flat_map(|node| node.parameters.iter().map(move |&id| (&node.op, id)));
    let floats = parameters.map(|(op, id)| {
        let parameter = graph.parameter(id);
        let twice = turned == Turned::WhereTrained && graph.is_trained(parameter);
        transformed(op, parameter.len()) * if twice { 2 } else { 1 }
    });
    floats.sum::<usize>() * size_of::<f32>()
}

/// Winograd's F(4, 3) makes of a kernel's 9 weights 36.
fn transformed(op: &Op, weights: usize) -> usize {
    match op {
        Op::Conv2d(conv) if conv.kernel == [3; 2] && conv.stride == [1; 2] => 4 * weights,
        _ => weights,
    }
}

#[cfg(test)]
mod tests {
    use graph::{Activation, Conv2d, Dense};

    use super::*;
    use crate::{BatchStatistics, Pool, Predictor, Trainer, initialize};

    #[test]
    fn what_is_told_is_what_is_allocated() {
        let mut graph = Graph::new("m", "input", [16, 16, 3]).unwrap();
        let conv = Op::Conv2d(Conv2d::new(8, 3).activation(Activation::Relu));
        let x = graph.add("conv", conv, &[graph.input()]).unwrap();
        let x = graph.add("pool", Op::GlobalAveragePool { keepdims: false }, &[x]).unwrap();
        graph.add("head", Op::Dense(Dense::new(2).activation(Activation::Softmax)), &[x]).unwrap();
        let (weights, pool) = (initialize(&graph, 1), std::sync::Arc::new(Pool::new(1)));
        let ends = (graph.input(), graph.output());
        let told = Footprint::of_inference(&graph, ends, 5).unwrap();
        let predictor = Predictor::new(&graph, &weights, 5, &pool).unwrap();
        assert_eq!(told.buffers, predictor.arena_bytes());
        let options = TrainerOptions { batch: 5, start: None, statistics: BatchStatistics::Batch, seed: 0 };
        let told = Footprint::of_training(&graph, &options).unwrap();
        let trainer = Trainer::new(&graph, weights, &options, &pool).unwrap();
        assert!(told.buffers >= trainer.arena_bytes());
        assert_eq!(told.gradients, 4 * trainer.gradients().len());
        assert_eq!(told.gradients, 4 * (3 * 3 * 3 * 8 + 8 + 8 * 2 + 2));
    }
}

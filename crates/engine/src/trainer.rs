//! Training: forward and backward of the learning part, the fixed part folded below it.

use std::ops::Range;
use std::sync::Arc;

use graph::{Activation, Graph, NodeId, Op, ParameterId, Weights};
use kernels::Pool;

use crate::arena::{BufferId, checked_batch};
use crate::norms::Norms;
use crate::ops::{Run, Step};
use crate::plan::{BatchStatistics, Lowered, Primitives, Regions, Wired, lower, wire};
use crate::profile::{Passed, Stopwatch, Unwatched, Watch};
use crate::{Error, ErrorKind, Result, StepProfile};

/// How to train.
#[derive(Debug, Clone)]
pub struct TrainerOptions {
    /// The most pictures in one batch.
    pub batch: usize,
    /// Start from the features of this layer (see [`crate::frozen_frontier`]) instead of from pictures.
    pub start: Option<NodeId>,
    /// Where trainable batch norms take their figures from.
    pub statistics: BatchStatistics,
    /// For dropout.
    pub seed: u64,
}

/// A trained parameter's place among the weights and among the gradients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Which parameter.
    pub parameter: ParameterId,
    /// In the model's flat buffer of weights.
    pub weights: Range<usize>,
    /// In the flat buffer of gradients, which holds trained parameters only.
    pub gradients: Range<usize>,
}

/// What a forward gave for one batch.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// The model's output, `[pictures, …]`.
    pub values: &'a [f32],
    /// What the last activation was applied to; the same as `values` when there is none.
    pub logits: &'a [f32],
    /// The activation between the two, of which the loss takes care: softmax, sigmoid, or linear when there is none.
    pub activation: Activation,
}

/// What an optimizer works on.
pub struct Update<'a> {
    /// All the model's weights.
    pub weights: &'a mut [f32],
    /// The gradients of the trained ones, from the last backward.
    pub gradients: &'a mut [f32],
    /// Which gradient belongs to which weight.
    pub slots: &'a [Slot],
    /// Does the arithmetic.
    pub pool: &'a Pool,
}

/// Runs a model forward and backward; owns its weights while it is trained.
pub struct Trainer {
    pub(crate) steps: Vec<Box<dyn Step>>,
    pub(crate) labels: Vec<String>,
    /// Values a picture of each buffer.
    per_picture: Vec<usize>,
    pub(crate) learns: Vec<bool>,
    pub(crate) norms: Norms,
    pub(crate) wired: Wired,
    input: BufferId,
    output: BufferId,
    logits: BufferId,
    activation: Activation,
    pub(crate) weights: Weights,
    gradients: Vec<f32>,
    slots: Vec<Slot>,
    pub(crate) scratch: Vec<f32>,
    pub(crate) batch: usize,
    pub(crate) seed: u64,
    pub(crate) pool: Arc<Pool>,
}

impl Trainer {
    /// A plan that trains what is trainable in `graph`.
    ///
    /// # Errors
    /// Nothing is trainable, the weights do not fit, `start` is not on the way, or the buffers would fit no machine.
    pub fn new(graph: &Graph, weights: Weights, options: &TrainerOptions, pool: &Arc<Pool>) -> Result<Self> {
        weights.check(graph)?;
        let Planned { lowered, wired, slots, activation, logits, scratch } = Planned::new(graph, options)?;
        let mut trainer = Self {
            steps: lowered.steps,
            labels: lowered.labels,
            per_picture: lowered.per_picture,
            learns: lowered.learns,
            norms: lowered.norms,
            wired,
            input: lowered.input,
            output: lowered.output,
            logits,
            activation,
            weights,
            gradients: vec![0.0; slots.last().map_or(0, |slot| slot.gradients.end)],
            slots,
            scratch: vec![0.0; scratch],
            batch: options.batch.max(1),
            seed: options.seed,
            pool: Arc::clone(pool),
        };
        trainer.steps.iter_mut().for_each(|step| step.load(pool, trainer.weights.as_slice()));
        Ok(trainer)
    }

    /// The most pictures in one batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Where to write the next batch: pictures `[pictures, H, W, C]`, or the start layer's features.
    pub fn input(&mut self, pictures: usize) -> &mut [f32] {
        self.wired.arena.get_mut(self.input, pictures.min(self.batch))
    }

    /// A training forward of what [`Trainer::input`] was given. `step` numbers the training's steps: dropout draws
    /// from it. Moving figures of trainable batch norms follow the batch.
    ///
    /// # Panics
    /// `pictures` is 0.
    pub fn forward(&mut self, pictures: usize, step: u64) -> Output<'_> {
        let batch = checked_batch(pictures, self.batch);
        self.forward_watched(batch, step, &mut Unwatched);
        self.last_output(batch)
    }

    fn forward_watched(&mut self, batch: usize, step: u64, watch: &mut impl Watch) {
        for (index, (one, learns)) in self.steps.iter_mut().zip(&self.learns).enumerate() {
            let weights = self.weights.as_slice();
            if *learns {
                let began = watch.now();
                one.load(&self.pool, weights);
                watch.ran(index, one.as_ref(), Passed::Load, began);
            }
            let (pool, scratch, seed) = (&*self.pool, self.scratch.as_mut_slice(), self.seed);
            let norms = &mut self.norms;
            let mut run = Run { pool, batch, scratch, norms, random_stream: step, seed, weights };
            let began = watch.now();
            one.forward(&mut run, &mut self.wired.arena);
            watch.ran(index, one.as_ref(), Passed::Forward, began);
        }
        self.norms.follow(self.weights.as_mut_slice());
    }

    fn last_output(&self, batch: usize) -> Output<'_> {
        let arena = &self.wired.arena;
        Output {
            values: arena.get(self.output, batch),
            logits: arena.get(self.logits, batch),
            activation: self.activation,
        }
    }

    /// The gradients of everything that is trained, from the gradient of the loss by the logits
    /// (`[pictures, …]`, as long as [`Output::logits`]), after the forward of the same pictures.
    ///
    /// # Panics
    /// `pictures` is 0, or `logits_gradient` of another length.
    pub fn backward(&mut self, pictures: usize, logits_gradient: &[f32]) {
        let batch = checked_batch(pictures, self.batch);
        self.backward_watched(batch, logits_gradient, &mut Unwatched);
    }

    fn backward_watched(&mut self, batch: usize, logits_gradient: &[f32], watch: &mut impl Watch) {
        self.wired.arena.get_mut(self.wired.gradient, batch).copy_from_slice(logits_gradient);
        let (pool, scratch, seed) = (&*self.pool, self.scratch.as_mut_slice(), self.seed);
        let (norms, weights) = (&mut self.norms, self.weights.as_slice());
        let mut run = Run { pool, batch, scratch, norms, random_stream: 0, seed, weights };
        for (index, edges) in &self.wired.backward {
            let began = watch.now();
            let step = &mut self.steps[*index];
            step.backward(&mut run, &mut self.wired.arena, edges, &mut self.gradients);
            watch.ran(*index, step.as_ref(), Passed::Backward(edges), began);
        }
    }

    /// Runs forward and backward as training does and tells where the time went. The gradients of all logits are
    /// taken as `1 / pictures`.
    ///
    /// # Panics
    /// `pictures` is 0.
    pub fn profile(&mut self, pictures: usize) -> Vec<StepProfile> {
        let batch = checked_batch(pictures, self.batch);
        let (labels, per_picture) = (std::mem::take(&mut self.labels), std::mem::take(&mut self.per_picture));
        let mut stopwatch = Stopwatch::new(&labels, &per_picture, batch);
        self.forward_watched(batch, 0, &mut stopwatch);
        let gradient = vec![1.0 / batch as f32; self.last_output(batch).logits.len()];
        self.backward_watched(batch, &gradient, &mut stopwatch);
        let passes = stopwatch.passes;
        (self.labels, self.per_picture) = (labels, per_picture);
        passes
    }

    /// Weights and gradients, for an optimizer to change the weights.
    pub fn update(&mut self) -> Update<'_> {
        let (weights, gradients) = (self.weights.as_mut_slice(), &mut self.gradients);
        Update { weights, gradients, slots: &self.slots, pool: &self.pool }
    }

    /// The weights as they are now.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Gives the weights back.
    pub fn into_weights(self) -> Weights {
        self.weights
    }

    /// Puts other weights in their place, as when the best ones are restored.
    ///
    /// # Errors
    /// They do not have the size of the model's.
    pub fn set_weights(&mut self, graph: &Graph, weights: Weights) -> Result<()> {
        weights.check(graph)?;
        self.weights = weights;
        self.steps.iter_mut().for_each(|step| step.load(&self.pool, self.weights.as_slice()));
        Ok(())
    }

    /// The trained parameters.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The flat gradients of the last backward.
    pub fn gradients(&self) -> &[f32] {
        &self.gradients
    }

    /// Bytes of the arena that holds all buffers.
    pub fn arena_bytes(&self) -> usize {
        self.wired.arena.bytes()
    }
}

/// Everything of a trainer but the weights and what is computed from them.
pub(crate) struct Planned {
    lowered: Lowered,
    pub(crate) wired: Wired,
    pub(crate) slots: Vec<Slot>,
    activation: Activation,
    logits: BufferId,
    /// Floats.
    pub(crate) scratch: usize,
}

impl Planned {
    /// The system gives the arena its pages when they are used, so a plan that never runs takes little memory.
    pub(crate) fn new(graph: &Graph, options: &TrainerOptions) -> Result<Self> {
        let slots = slots(graph);
        if slots.is_empty() {
            let message =
                format!("model {}: every layer is frozen, so there is nothing to train", graph.name());
            return Err(Error::new(ErrorKind::Model, message));
        }
        let start = options.start.unwrap_or_else(|| graph.input());
        check_start(graph, start, &slots)?;
        let primitives = Primitives::of(graph)?;
        let (graph, start) = (&*primitives.graph, primitives.place(start));
        let regions = Regions::training(graph, start)?;
        let mut lowered = lower(graph, &regions, (start, graph.output()), &slots, options.statistics);
        let batch = options.batch.max(1);
        let (activation, logits) = last_activation(graph, &lowered.steps, lowered.output);
        let wired = wire(&mut lowered, logits, batch)?;
        let scratch = lowered.steps.iter().zip(&lowered.learns).filter(|(_, learns)| **learns);
        let scratch = scratch.map(|(step, _)| step.scratch(batch)).max().unwrap_or(0);
        Ok(Self { lowered, wired, slots, activation, logits, scratch })
    }
}

/// Every trained parameter, its gradients one after the other.
fn slots(graph: &Graph) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut at = 0;
    for id in graph.nodes().iter().flat_map(|node| &node.parameters) {
        let parameter = graph.parameter(*id);
        if graph.is_trained(parameter) {
            slots.push(Slot {
                parameter: *id,
                weights: parameter.range(),
                gradients: at..at + parameter.len(),
            });
            at += parameter.len();
        }
    }
    slots
}

fn check_start(graph: &Graph, start: NodeId, slots: &[Slot]) -> Result<()> {
    let early = slots.iter().map(|slot| graph.parameter(slot.parameter)).find(|p| p.node <= start);
    match early {
        None => Ok(()),
        Some(parameter) => Err(Error::new(
            ErrorKind::Model,
            format!(
                "{} is trainable, so training cannot start after {}",
                parameter.name,
                graph.node(start).name
            ),
        )),
    }
}

/// The activation that ends the model when a loss knows it (softmax, sigmoid), and the buffer it reads.
fn last_activation(graph: &Graph, steps: &[Box<dyn Step>], output: BufferId) -> (Activation, BufferId) {
    let activation = match &graph.node(graph.output()).op {
        Op::Dense(dense) => dense.activation,
        Op::Activation(activation) => *activation,
        _ => Activation::Linear,
    };
    let last = steps.iter().find(|step| step.output() == output);
    match (activation, last) {
        (Activation::Softmax | Activation::Sigmoid, Some(step)) => (activation, step.inputs()[0]),
        _ => (Activation::Linear, output),
    }
}

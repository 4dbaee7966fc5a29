//! Inference: the whole graph folded, or up to one of its layers.

use std::sync::Arc;

use graph::{Graph, NodeId, Weights};
use kernels::Pool;

use crate::arena::{Arena, BufferId, checked_batch};
use crate::norms::Norms;
use crate::ops::{Run, Step};
use crate::plan::{BatchStatistics, Lowered, Primitives, Regions, lower, place_forward};
use crate::profile::{Passed, Stopwatch, Unwatched, Watch};
use crate::{Error, ErrorKind, Result, StepProfile};

/// Runs a model forward on batches of pictures.
pub struct Predictor {
    steps: Vec<Box<dyn Step>>,
    labels: Vec<String>,
    per_picture: Vec<usize>,
    arena: Arena,
    input: BufferId,
    output: BufferId,
    batch: usize,
    pool: Arc<Pool>,
}

impl Predictor {
    /// A plan for batches of up to `batch` pictures, from the model's input to its output.
    ///
    /// # Errors
    /// The weights do not fit the graph, or the buffers would fit no machine.
    pub fn new(graph: &Graph, weights: &Weights, batch: usize, pool: &Arc<Pool>) -> Result<Self> {
        Self::between(graph, weights, (graph.input(), graph.output()), batch, pool)
    }

    /// As [`Predictor::new`], but up to the output of layer `end`: the features that it gives.
    ///
    /// # Errors
    /// As [`Predictor::new`].
    pub fn up_to(
        graph: &Graph,
        weights: &Weights,
        end: NodeId,
        batch: usize,
        pool: &Arc<Pool>,
    ) -> Result<Self> {
        Self::between(graph, weights, (graph.input(), end), batch, pool)
    }

    /// As [`Predictor::new`], but from the output of layer `start` (as [`Predictor::up_to`] gave it) on.
    ///
    /// # Errors
    /// As [`Predictor::new`], and when the output needs more than `start` gives.
    pub fn from(
        graph: &Graph,
        weights: &Weights,
        start: NodeId,
        batch: usize,
        pool: &Arc<Pool>,
    ) -> Result<Self> {
        Self::between(graph, weights, (start, graph.output()), batch, pool)
    }

    fn between(
        graph: &Graph,
        weights: &Weights,
        (start, end): (NodeId, NodeId),
        batch: usize,
        pool: &Arc<Pool>,
    ) -> Result<Self> {
        weights.check(graph)?;
        let batch = batch.max(1);
        let (lowered, arena) = planned(graph, (start, end), batch)?;
        let (input, output) = (lowered.input, lowered.output);
        let mut predictor = Self {
            steps: lowered.steps,
            labels: lowered.labels,
            per_picture: lowered.per_picture,
            arena,
            input,
            output,
            batch,
            pool: Arc::clone(pool),
        };
        predictor.refresh(weights);
        Ok(predictor)
    }

    /// Takes the weights anew, after training changed them.
    pub fn refresh(&mut self, weights: &Weights) {
        self.steps.iter_mut().for_each(|step| step.load(&self.pool, weights.as_slice()));
    }

    /// The most pictures in one batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Where to write the next batch's input, `[pictures, H, W, C]`; then call [`Predictor::run`].
    pub fn input(&mut self, pictures: usize) -> &mut [f32] {
        self.arena.get_mut(self.input, pictures.min(self.batch))
    }

    /// Runs on what [`Predictor::input`] was given; the output of all pictures, one after the other.
    ///
    /// # Panics
    /// `pictures` is 0.
    pub fn run(&mut self, pictures: usize) -> &[f32] {
        let batch = checked_batch(pictures, self.batch);
        self.run_watched(batch, &mut Unwatched);
        self.arena.get(self.output, batch)
    }

    /// Runs as [`Predictor::run`] and tells where the time went.
    ///
    /// # Panics
    /// `pictures` is 0.
    pub fn profile(&mut self, pictures: usize) -> Vec<StepProfile> {
        let batch = checked_batch(pictures, self.batch);
        let (labels, per_picture) = (std::mem::take(&mut self.labels), std::mem::take(&mut self.per_picture));
        let mut stopwatch = Stopwatch::new(&labels, &per_picture, batch);
        self.run_watched(batch, &mut stopwatch);
        let passes = stopwatch.passes;
        (self.labels, self.per_picture) = (labels, per_picture);
        passes
    }

    fn run_watched(&mut self, batch: usize, watch: &mut impl Watch) {
        let (pool, norms) = (&*self.pool, &mut Norms::default());
        let mut run = Run { pool, batch, scratch: &mut [], norms, random_stream: 0, seed: 0, weights: &[] };
        for (index, step) in self.steps.iter_mut().enumerate() {
            let began = watch.now();
            step.forward(&mut run, &mut self.arena);
            watch.ran(index, step.as_ref(), Passed::Forward, began);
        }
    }

    /// The output for `input`, which holds one batch: `[pictures, H, W, C]`.
    ///
    /// # Errors
    /// `input` is empty, no whole number of pictures, or more than [`Predictor::batch`].
    pub fn predict(&mut self, input: &[f32]) -> Result<&[f32]> {
        let one = self.input(1).len();
        let pictures = input.len() / one;
        if !input.len().is_multiple_of(one) || !(1..=self.batch).contains(&pictures) {
            let message = format!(
                "expected 1 to {} pictures of {one} values, received {} values",
                self.batch,
                input.len()
            );
            return Err(Error::new(ErrorKind::Model, message));
        }
        self.input(pictures).copy_from_slice(input);
        Ok(self.run(pictures))
    }

    /// Bytes of the arena that holds all buffers.
    pub fn arena_bytes(&self) -> usize {
        self.arena.bytes()
    }
}

/// Everything of a predictor but what is computed from the weights.
pub(crate) fn planned(
    graph: &Graph,
    (start, end): (NodeId, NodeId),
    batch: usize,
) -> Result<(Lowered, Arena)> {
    let primitives = Primitives::of(graph)?;
    let (graph, [start, end]) = (&*primitives.graph, [start, end].map(|id| primitives.place(id)));
    let regions = Regions::inference(graph, start, end)?;
    let lowered = lower(graph, &regions, (start, end), &[], BatchStatistics::Moving);
    let kept = [lowered.output];
    let arena = place_forward(&lowered.steps, &lowered.per_picture, lowered.input, &kept, batch)?;
    Ok((lowered, arena))
}

//! Where the time of a plan goes, step by step.

use std::time::Instant;

use crate::arena::BufferId;
use crate::ops::{Edges, Step};

/// Which part of a step ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// Parameters laid out for the kernels.
    Load,
    /// From the inputs to the output.
    Forward,
    /// From the output's gradient to those of inputs and parameters.
    Backward,
}

/// One pass of one step, as it ran.
#[derive(Debug, Clone)]
pub struct StepProfile {
    /// The layer that the step computes; of several `first … last`, with what both names begin with said once.
    pub layer: String,
    /// Which part of it.
    pub pass: Pass,
    /// Time on the clock.
    pub seconds: f64,
    /// Floating-point operations of its matrix products and sums over windows, a multiply-add as two: those of the
    /// definition, whichever way the kernels take. Winograd's transforms need fewer, so a layer may seem to pass the
    /// machine's limit. Backward counts the forward's once for the gradient of a kernel that learns and once for the
    /// input's where it is wanted.
    pub operations: usize,
    /// Bytes of the tensors that it reads and writes, each counted once, parameters left out.
    pub bytes: usize,
}

/// Told of each pass of each step after it has run.
pub(crate) trait Watch {
    /// `index` is the step's, `began` the moment before it.
    fn ran(&mut self, index: usize, step: &dyn Step, pass: Passed, began: Option<Instant>);

    /// The moment now, for whoever wants it.
    fn now(&self) -> Option<Instant>;
}

/// A pass with the gradients around it.
#[derive(Clone, Copy)]
pub(crate) enum Passed<'a> {
    Load,
    Forward,
    Backward(&'a Edges),
}

/// Nobody watches.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn ran(&mut self, _: usize, _: &dyn Step, _: Passed, _: Option<Instant>) {}

    fn now(&self) -> Option<Instant> {
        None
    }
}

/// Writes down every pass.
pub(crate) struct Stopwatch<'a> {
    labels: &'a [String],
    per_picture: &'a [usize],
    batch: usize,
    pub(crate) passes: Vec<StepProfile>,
}

impl<'a> Stopwatch<'a> {
    pub(crate) fn new(labels: &'a [String], per_picture: &'a [usize], batch: usize) -> Self {
        Self { labels, per_picture, batch, passes: Vec::new() }
    }

    fn bytes(&self, buffers: impl IntoIterator<Item = BufferId>) -> usize {
        let values: usize = buffers.into_iter().map(|buffer| self.per_picture[buffer.0]).sum();
        values * self.batch * size_of::<f32>()
    }
}

impl Watch for Stopwatch<'_> {
    fn ran(&mut self, index: usize, step: &dyn Step, pass: Passed, began: Option<Instant>) {
        let seconds = began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        let (pass, operations, bytes) = match pass {
            Passed::Load => (Pass::Load, 0, 0),
            Passed::Forward => (Pass::Forward, self.batch * step.operations(), self.bytes(step.touched())),
            Passed::Backward(edges) => {
                let targets = edges.inputs.iter().flatten().map(|(buffer, _)| *buffer);
                let operations = self.batch * step.backward_operations(edges);
                let buffers = step.kept().into_iter().chain(targets).chain([edges.output]);
                (Pass::Backward, operations, self.bytes(buffers))
            }
        };
        self.passes.push(StepProfile { layer: self.labels[index].clone(), pass, seconds, operations, bytes });
    }

    fn now(&self) -> Option<Instant> {
        Some(Instant::now())
    }
}

//! The backward of a plan: which steps have one, where each gradient goes, and where everything lies.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kernels::Write;

use super::layout::Lives;
use super::lower::Lowered;
use crate::Result;
use crate::arena::{Arena, BufferId};
use crate::ops::Edges;

/// Forward and backward, ready to run.
pub(crate) struct Wired {
    pub(crate) arena: Arena,
    /// The steps that run backward, in that order, with the gradients around them.
    pub(crate) backward: Vec<(usize, Edges)>,
    /// Where the gradient of `logits` is given.
    pub(crate) gradient: BufferId,
}

/// Wires the steps that come before `logits` for batches up to `batch`.
pub(crate) fn wire(lowered: &mut Lowered, logits: BufferId, batch: usize) -> Result<Wired> {
    let mut buffers = GradientBuffers::default();
    let (gradient, _) = buffers.of(logits, &mut lowered.per_picture);
    let mut backward = Vec::new();
    for (index, step) in lowered.steps.iter().enumerate().rev() {
        if !lowered.trained.contains(&step.output()) {
            continue;
        }
        // A step whose output gets no gradient comes after the logits: the loss stands in for it.
        let Some(output) = buffers.known(step.output()) else { continue };
        let inputs = step.inputs();
        let edges = inputs.iter().enumerate().map(|(position, &input)| {
            let wanted = lowered.trained.contains(&input);
            let in_place = position == 0 && step.works_backward_in_place() && !inputs[1..].contains(&input);
            wanted.then(|| match in_place {
                true => buffers.of_or_in(input, output),
                false => buffers.of(input, &mut lowered.per_picture),
            })
        });
        backward.push((index, Edges { output, inputs: edges.collect() }));
    }
    let arena = lives(lowered, &backward, logits, gradient).place(&lowered.per_picture, batch)?;
    Ok(Wired { arena, backward, gradient })
}

/// The buffers of the gradients by those of the tensors.
#[derive(Default)]
struct GradientBuffers(HashMap<BufferId, BufferId>);

impl GradientBuffers {
    fn known(&self, tensor: BufferId) -> Option<BufferId> {
        self.0.get(&tensor).copied()
    }

    /// Where the gradient of `tensor` goes: set by the first to give to it, added to by the others.
    fn of(&mut self, tensor: BufferId, per_picture: &mut Vec<usize>) -> (BufferId, Write) {
        let next = BufferId(per_picture.len());
        let (gradient, write) = self.of_or_in(tensor, next);
        if write == Write::Set {
            per_picture.push(per_picture[tensor.0]);
        }
        (gradient, write)
    }

    /// As [`GradientBuffers::of`], where the first to give to it does so in `place`.
    fn of_or_in(&mut self, tensor: BufferId, place: BufferId) -> (BufferId, Write) {
        match self.0.entry(tensor) {
            Entry::Occupied(known) => (*known.get(), Write::Add),
            Entry::Vacant(free) => (*free.insert(place), Write::Set),
        }
    }
}

fn lives(lowered: &Lowered, backward: &[(usize, Edges)], logits: BufferId, gradient: BufferId) -> Lives {
    let mut lives = Lives::new(lowered.per_picture.len());
    lives.touch(lowered.input, 0);
    let mut moment = 0;
    for step in &lowered.steps {
        moment += 1;
        step.touched().into_iter().for_each(|buffer| lives.touch(buffer, moment));
    }
    // Between forward and backward the caller reads the output and the logits and gives the gradient.
    moment += 1;
    [lowered.output, logits, gradient].into_iter().for_each(|buffer| lives.touch(buffer, moment));
    for (index, edges) in backward {
        moment += 1;
        let gradients = edges.inputs.iter().flatten().map(|(buffer, _)| *buffer).chain([edges.output]);
        lowered.steps[*index]
            .kept()
            .into_iter()
            .chain(gradients)
            .for_each(|buffer| lives.touch(buffer, moment));
    }
    lives
}

//! The backward of a plan: which steps have one, where each gradient goes, and where everything lies.

use std::collections::HashMap;

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
    let mut gradients: HashMap<BufferId, BufferId> = HashMap::new();
    let mut gradient_of = |buffer: BufferId, per_picture: &mut Vec<usize>| match gradients.get(&buffer) {
        Some(&gradient) => (gradient, Write::Add),
        None => {
            per_picture.push(per_picture[buffer.0]);
            let gradient = BufferId(per_picture.len() - 1);
            gradients.insert(buffer, gradient);
            (gradient, Write::Set)
        }
    };
    let (gradient, _) = gradient_of(logits, &mut lowered.per_picture);
    let mut backward = Vec::new();
    for (index, step) in lowered.steps.iter().enumerate().rev() {
        if !lowered.trained.contains(&step.output()) {
            continue;
        }
        // A step whose output gets no gradient comes after the logits: the loss stands in for it.
        let (output, Write::Add) = gradient_of(step.output(), &mut lowered.per_picture) else { continue };
        let inputs = step.inputs().into_iter().map(|input| {
            lowered.trained.contains(&input).then(|| gradient_of(input, &mut lowered.per_picture))
        });
        backward.push((index, Edges { output, inputs: inputs.collect() }));
    }
    let arena = lives(lowered, &backward, logits, gradient).place(&lowered.per_picture, batch)?;
    Ok(Wired { arena, backward, gradient })
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

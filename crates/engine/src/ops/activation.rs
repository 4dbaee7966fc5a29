//! Functions of single values in the learning part: a step of their own, or what a step does that took one over.

use kernels::activation::{self, Activation};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct ActivationStep {
    pub(crate) input: BufferId,
    pub(crate) output: BufferId,
    pub(crate) activation: Activation,
}

impl ActivationStep {
    fn keeps(&self) -> BufferId {
        if self.activation.is_known_by_output() { self.output } else { self.input }
    }
}

impl Step for ActivationStep {
    fn inputs(&self) -> Vec<BufferId> {
        vec![self.input]
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        vec![self.keeps()]
    }

    fn works_backward_in_place(&self) -> bool {
        true
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([x], y) = arena.split(run.batch, [self.input], self.output);
        activation::forward(run.pool, self.activation, x, y);
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        let Some((target, write)) = edges.input() else { return };
        if target == edges.output {
            let ([kept], dy) = arena.split(run.batch, [self.keeps()], target);
            activation::backward_in_place(run.pool, self.activation, kept, dy);
        } else {
            let ([kept, dy], dx) = arena.split(run.batch, [self.keeps(), edges.output], target);
            activation::backward(run.pool, self.activation, kept, dy, write, dx);
        }
    }
}

/// Lets `activation` be what a step applies itself if it has none yet and the output tells the derivative; says whether
/// it is.
pub(super) fn take_over(own: &mut Activation, activation: Activation) -> bool {
    let takes = *own == Activation::Linear && activation.is_known_by_output();
    if takes {
        *own = activation;
    }
    takes
}

/// The output of a step where its backward reads it because of the step's own activation.
pub(super) fn kept_output(own: Activation, output: BufferId) -> Option<BufferId> {
    (own != Activation::Linear).then_some(output)
}

/// Takes the gradient of a step's output through the step's own activation, in its place.
pub(super) fn go_through(own: Activation, run: &Run, arena: &mut Arena, output: BufferId, edges: &Edges) {
    if own != Activation::Linear {
        let ([y], dy) = arena.split(run.batch, [output], edges.output);
        activation::backward_in_place(run.pool, own, y, dy);
    }
}

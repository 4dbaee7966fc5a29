//! The sum of two or more tensors of one shape.

use kernels::activation::{self, Activation};
use kernels::{Write, elementwise};

use super::{Edges, Run, Step};
use crate::arena::{Arena, BufferId};

pub(crate) struct AddStep {
    first: BufferId,
    second: BufferId,
    more: Vec<BufferId>,
    output: BufferId,
    activation: Activation,
}

impl AddStep {
    pub(crate) fn new(
        [first, second]: [BufferId; 2],
        more: Vec<BufferId>,
        output: BufferId,
        activation: Activation,
    ) -> Self {
        Self { first, second, more, output, activation }
    }
}

impl Step for AddStep {
    fn inputs(&self) -> Vec<BufferId> {
        [self.first, self.second].into_iter().chain(self.more.iter().copied()).collect()
    }

    fn output(&self) -> BufferId {
        self.output
    }

    fn kept(&self) -> Vec<BufferId> {
        let read = self.activation != Activation::Linear;
        read.then_some(self.output).into_iter().collect()
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        let takes = self.activation == Activation::Linear && activation.is_known_by_output();
        if takes {
            self.activation = activation;
        }
        takes
    }

    fn works_backward_in_place(&self) -> bool {
        true
    }

    fn forward(&mut self, run: &mut Run, arena: &mut Arena) {
        let ([a, b], y) = arena.split(run.batch, [self.first, self.second], self.output);
        if self.more.is_empty() {
            return elementwise::add(run.pool, a, b, self.activation, y);
        }
        elementwise::add(run.pool, a, b, Activation::Linear, y);
        for &input in &self.more {
            let ([x], y) = arena.split(run.batch, [input], self.output);
            elementwise::copy(run.pool, x, Write::Add, y);
        }
        if self.activation != Activation::Linear {
            activation::forward_in_place(run.pool, self.activation, arena.get_mut(self.output, run.batch));
        }
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        if self.activation != Activation::Linear {
            let ([y], dy) = arena.split(run.batch, [self.output], edges.output);
            activation::backward_in_place(run.pool, self.activation, y, dy);
        }
        for &(target, write) in edges.inputs.iter().flatten().filter(|(target, _)| *target != edges.output) {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            elementwise::copy(run.pool, dy, write, dx);
        }
    }
}

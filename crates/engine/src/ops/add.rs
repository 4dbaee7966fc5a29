//! The sum of two or more tensors of one shape.

use kernels::activation::{self, Activation};
use kernels::{Write, elementwise};

use super::activation::{go_through, kept_output, take_over};
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
        kept_output(self.activation, self.output).into_iter().collect()
    }

    fn take_activation(&mut self, activation: Activation) -> bool {
        take_over(&mut self.activation, activation)
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
        activation::forward_in_place(run.pool, self.activation, arena.get_mut(self.output, run.batch));
    }

    fn backward(&mut self, run: &mut Run, arena: &mut Arena, edges: &Edges, _gradients: &mut [f32]) {
        go_through(self.activation, run, arena, self.output, edges);
        for &(target, write) in edges.inputs.iter().flatten().filter(|(target, _)| *target != edges.output) {
            let ([dy], dx) = arena.split(run.batch, [edges.output], target);
            elementwise::copy(run.pool, dy, write, dx);
        }
    }
}

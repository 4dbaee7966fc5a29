//! Norms, activations and residuals between trained layers: taken over by the layers around them where these can.

use graph::{Activation as Function, NodeId};
use kernels::activation::Activation;

use super::super::Region;
use super::super::fold::Head;
use super::{Lowering, Value, pointwise};
use crate::arena::BufferId;
use crate::norms::NormId;
use crate::ops::{ApplyStep, Source, Step};

impl Lowering<'_> {
    /// What the weighted node `id` reads: through norm and activation, if it alone reads `from` and can apply them.
    pub(super) fn source(&mut self, id: NodeId, from: NodeId, head: &Head) -> Source {
        let through = self.graph.node(id).inputs[0];
        let alone = self.has_one_reader(from) && self.has_one_reader(through);
        if let (true, Head::Conv(..) | Head::Depthwise(..), Some((source, _))) =
            (alone, head, self.normed(from))
        {
            return source;
        }
        Source { buffer: self.buffer(from), norm: None }
    }

    /// A trained layer's output that waits for its norm to be applied, and the activation that it waits for.
    fn normed(&self, id: NodeId) -> Option<(Source, Activation)> {
        match self.values.get(&id) {
            Some(Value::Normed { buffer, norm, activation }) => {
                Some((Source { buffer: *buffer, norm: Some((*norm, *activation)) }, *activation))
            }
            _ => None,
        }
    }

    /// Lets the trained layer before the norm `id`, which alone reads it, take the norm over; says whether it did.
    pub(super) fn norm_between(&mut self, id: NodeId, norm: NormId) -> bool {
        let from = self.graph.node(id).inputs[0];
        let Some(&Value::Buffer(buffer)) = self.values.get(&from) else { return false };
        if !self.has_one_reader(from) || self.regions.of(from) != Region::Trained {
            return false;
        }
        let taken = self.step_giving(buffer).is_some_and(|step| step.take_norm(norm));
        if taken {
            self.values.insert(id, Value::Normed { buffer, norm, activation: Activation::Linear });
        }
        taken
    }

    /// The last step that gives `output`.
    fn step_giving(&mut self, output: BufferId) -> Option<&mut Box<dyn Step>> {
        self.steps.iter_mut().rev().find(|step| step.output() == output)
    }

    /// Applies `function` to the output of `from` as part of node `id`, in a step of its own if nobody else can.
    pub(super) fn function_between(&mut self, from: NodeId, id: NodeId, function: Function) {
        if !self.activation_between(from, id, function) {
            let input = self.buffer(from);
            self.push_function(id, input, function);
        }
    }

    /// Lets the step that gives `from` apply the activation that alone reads it, or leaves the activation to its
    /// reader where a norm waits for that too.
    fn activation_between(&mut self, from: NodeId, id: NodeId, function: Function) -> bool {
        // The loss takes care of the sigmoid that ends a model, and wants what stands before it.
        let is_for_the_loss = id == self.graph.output() && function == Function::Sigmoid;
        let alone = from == id || self.has_one_reader(from);
        let (Some(activation), false, true) = (pointwise(function), is_for_the_loss, alone) else {
            return false;
        };
        match self.values.get(&from) {
            Some(&Value::Buffer(buffer)) => {
                let taken = self.step_giving(buffer).is_some_and(|step| step.take_activation(activation));
                if taken {
                    self.values.insert(id, Value::Buffer(buffer));
                }
                taken
            }
            Some(&Value::Normed { buffer, norm, activation: Activation::Linear }) => {
                self.values.insert(id, Value::Normed { buffer, norm, activation });
                true
            }
            _ => false,
        }
    }

    /// Applies the norm of one of two summands, which the sum `id` alone reads, while it adds the other.
    pub(super) fn residual(&mut self, id: NodeId) -> bool {
        let [a, b] = self.graph.node(id).inputs[..] else { return false };
        let takes = |lowering: &Self, from: NodeId| match lowering.normed(from) {
            Some((Source { buffer, norm: Some(norm) }, Activation::Linear))
                if lowering.has_one_reader(from) =>
            {
                Some((buffer, norm))
            }
            _ => None,
        };
        let (buffer, norm, other) = match (takes(self, b), takes(self, a)) {
            _ if a == b => return false,
            (Some((buffer, norm)), _) => (buffer, norm, a),
            (None, Some((buffer, norm))) => (buffer, norm, b),
            (None, None) => return false,
        };
        let residual = Some(self.buffer(other));
        let output = self.buffer_for(id);
        let step = ApplyStep::new(buffer, output, norm, residual, self.rows_and_channels(id));
        self.emit(id, output, Box::new(step));
        true
    }
}

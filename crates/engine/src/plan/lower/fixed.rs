//! The fixed part: norms, residuals and activations join the weighted step before them.

use graph::{Activation as Function, NodeId, Op, Role};
use kernels::activation::Activation;

use super::super::fold::{Chain, Head};
use super::super::geometry;
use super::{Lowering, Value, pointwise};
use crate::arena::BufferId;
use crate::ops::AffineSource;

impl Lowering<'_> {
    /// A node of the fixed part.
    pub(super) fn fixed(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        if let Some((from, head)) = self.weighted(id) {
            if let Some(head) = self.join_strips(from, id, head) {
                let input = self.buffer(from);
                self.start_chain(id, input, head);
            }
            return self.fixed_function(id, id, geometry::own_activation(&node.op));
        }
        match &node.op {
            Op::BatchNorm(config) => self.fixed_affine(id, AffineSource::Norm(self.norm(node, config))),
            Op::LayerScale { .. } => match self.variable(node, Role::Gamma) {
                Some(gamma) => self.fixed_affine(id, AffineSource::Factor(gamma)),
                None => unreachable!("a layer scale has a gamma"),
            },
            Op::Activation(function) => self.fixed_function(node.inputs[0], id, *function),
            Op::Rescaling { .. } | Op::Normalization { .. } => {
                let (scale, offset) = geometry::affine(&node.op, node.shape.channels());
                self.fixed_affine(id, AffineSource::Constant(scale, offset));
            }
            Op::Add => self.fixed_add(id),
            Op::Dropout(_) | Op::StochasticDepth(_) => self.pass_on(id),
            _ => self.plain(id),
        }
    }

    /// Lets a weighted op join the chain of `from` that it reads, so that both run over strips of rows; gives the
    /// head back if it cannot.
    fn join_strips(&mut self, from: NodeId, id: NodeId, head: Head) -> Option<Head> {
        // Through a padding there are two nodes that nobody else may read.
        let through = self.graph.node(id).inputs[0];
        if !self.has_one_reader(through) {
            return Some(head);
        }
        let takes = self.chain(from).is_some_and(|chain| match &head {
            Head::Depthwise(depthwise, _) => chain.takes_depthwise(depthwise),
            Head::Conv(conv, _) => chain.takes_projection(conv),
            _ => false,
        });
        match (takes.then(|| self.values.remove(&from)).flatten(), head) {
            (Some(Value::Chain(chain)), Head::Depthwise(depthwise, fused)) => {
                let chain = chain.join_depthwise(depthwise, fused, id);
                self.values.insert(id, Value::Chain(Box::new(chain)));
                None
            }
            (Some(Value::Chain(chain)), Head::Conv(conv, fused)) => {
                let chain = chain.join_projection(conv, fused, id);
                self.values.insert(id, Value::Chain(Box::new(chain)));
                None
            }
            (_, head) => Some(head),
        }
    }

    /// A scale and an offset a channel: folded into the weights before them, where these are alone.
    fn fixed_affine(&mut self, id: NodeId, source: AffineSource) {
        let from = self.graph.node(id).inputs[0];
        if let Some(chain) = self.chain(from)
            && chain.takes_affine()
        {
            chain.absorb_affine(source, id);
            return self.extend(from, id);
        }
        let input = self.buffer(from);
        self.start_chain(id, input, Head::Affine(source, Activation::Linear));
    }

    /// Applies `function` to the output of `from`, as part of node `id`.
    fn fixed_function(&mut self, from: NodeId, id: NodeId, function: Function) {
        let joined = match (pointwise(function), self.chain_or_self(from, id)) {
            (Some(Activation::Linear), _) if from == id => return,
            (Some(activation), Some(chain)) => chain.absorb_activation(activation, id),
            _ => false,
        };
        match joined {
            true if from != id => self.extend(from, id),
            true => {}
            false => {
                let input = self.buffer(from);
                self.push_function(id, input, function);
            }
        }
    }

    /// A node's own activation joins its own chain however many read the node.
    fn chain_or_self(&mut self, from: NodeId, id: NodeId) -> Option<&mut Chain> {
        if from != id {
            return self.chain(from);
        }
        match self.values.get_mut(&id) {
            Some(Value::Chain(chain)) => Some(chain),
            _ => None,
        }
    }

    fn fixed_add(&mut self, id: NodeId) {
        let inputs = self.graph.node(id).inputs.clone();
        // The input that was computed last is the likeliest to be still in the cache: let it take the other one in.
        if let [a, b] = inputs[..]
            && a != b
            && let Some(host) = [b, a].into_iter().find(|&i| self.chain(i).is_some_and(Chain::takes_residual))
        {
            let residual = self.buffer(if host == a { b } else { a });
            if let Some(chain) = self.chain(host) {
                chain.absorb_residual(residual, id);
                return self.extend(host, id);
            }
        }
        let buffers: Vec<BufferId> = inputs.iter().map(|&i| self.buffer(i)).collect();
        let head =
            Head::Add { second: buffers[1], more: buffers[2..].to_vec(), activation: Activation::Linear };
        self.start_chain(id, buffers[0], head);
    }
}

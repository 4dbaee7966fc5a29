//! What stands around a trained layer: what it reads, through the norm and the activation before it or as it is, and
//! the norm that reads its output.

use kernels::Pool;
use kernels::activation::Activation;
use kernels::kept::{Between, Downstream, Kept, Upstream};

use super::{Edges, Run};
use crate::arena::{Arena, BufferId};
use crate::norms::{NormId, Norms};

/// A buffer, and the norm and activation that its only reader applies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) buffer: BufferId,
    pub(crate) norm: Option<(NormId, Activation)>,
}

impl Source {
    /// The tensor as the kernels take it.
    pub(crate) fn kept<'a>(&self, values: &'a [f32], norms: &'a Norms) -> Kept<'a> {
        let affine = self.norm.map(|(norm, activation)| norms.get(norm).affine(activation));
        Kept { values, affine }
    }
}

/// What a kernel needs of a run beside the tensors.
pub(crate) struct Rest<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) batch: usize,
    pub(crate) scratch: &'a mut [f32],
}

/// A trained layer's backward, with everything that it needs from around.
pub(crate) struct Around<'a> {
    pub(crate) source: Source,
    pub(crate) output: BufferId,
    /// What the output was written with.
    pub(crate) activation: Activation,
    /// The norm that reads the output.
    pub(crate) behind: Option<NormId>,
    /// Rows that share a norm's figures, in one picture.
    pub(crate) positions: usize,
    pub(crate) edges: &'a Edges,
}

impl Around<'_> {
    /// Whether the backward reads the output; else it need not live any more.
    fn keeps_output(&self) -> bool {
        self.behind.is_some() || self.activation != Activation::Linear
    }

    /// Calls `work` with the input, the gradient of the output, and where the input's goes; `gradients` gets what the
    /// norm behind owes.
    pub(crate) fn backward(
        &self,
        run: &mut Run,
        arena: &mut Arena,
        gradients: &mut [f32],
        work: impl FnOnce(&mut Rest, &Kept, Upstream, Downstream, &mut [f32]),
    ) {
        let batch = run.batch;
        if let Some(behind) = self.behind {
            run.norms.get_mut(behind).turn(batch * self.positions, gradients);
        }
        let before = self.source.norm.map(|(id, _)| id);
        let mut sums = before.map_or_else(Vec::new, |id| std::mem::take(&mut run.norms.get_mut(id).sums));
        let norms = &*run.norms;
        let reads = [self.source.buffer, if self.keeps_output() { self.output } else { self.source.buffer }];
        let (target, write) = self.edges.input().unzip();
        let ([x, y], gradient, dx) = arena.split_beside(batch, reads, self.edges.output, target);
        let downstream = match (dx.zip(write), before) {
            (None, _) => Downstream::Nowhere,
            (Some((dx, write)), None) => Downstream::Plain(dx, write),
            // Nobody else reads the tensor, so there is nothing to add to.
            (Some((dz, _)), Some(id)) => {
                Downstream::Through { dz, mean: norms.get(id).mean(), sums: &mut sums }
            }
        };
        let kept = self.source.kept(x, norms);
        let mut rest = Rest { pool: run.pool, batch, scratch: &mut *run.scratch };
        work(&mut rest, &kept, Upstream { gradient, between: self.between(y, norms) }, downstream, gradients);
        if let Some(id) = before {
            run.norms.get_mut(id).sums = sums;
        }
    }

    /// What stands between the output `y` and the gradient that is given.
    fn between<'a>(&self, y: &'a [f32], norms: &'a Norms) -> Between<'a> {
        let activation = self.activation;
        match (self.behind, activation) {
            (None, Activation::Linear) => Between::Nothing,
            (None, _) => Between::Activation { y, activation },
            (Some(id), _) => Between::Norm { y, line: norms.get(id).line(), activation },
        }
    }
}

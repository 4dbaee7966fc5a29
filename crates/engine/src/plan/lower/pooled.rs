//! A trained convolution and the max pool behind it become one step where that pays.

use graph::{NodeId, Op};
use kernels::pooled_conv::PooledConv;

use super::super::Region;
use super::super::fold::Head;
use super::super::geometry;
use super::{Lowering, pointwise};
use crate::ops::PooledConvStep;

impl Lowering<'_> {
    /// Lowers the convolution `id` together with the max pool that alone reads it; or does nothing.
    pub(super) fn pooled_conv(&mut self, id: NodeId) -> bool {
        let Some((reader, pooled)) = self.pool_behind(id) else { return false };
        let Some((from, Head::Conv(_, fused))) = self.weighted(id) else { return false };
        let input = self.buffer(from);
        let owes = self.gradients_owed(input);
        let buffers = [self.buffer_for(reader), self.buffer_for(reader)];
        let step = PooledConvStep::new(pooled, input, buffers, fused, owes);
        self.emit(reader, buffers[0], Box::new(step));
        true
    }

    /// The max pool that alone reads the trained convolution `id`, and both as one.
    fn pool_behind(&mut self, id: NodeId) -> Option<(NodeId, PooledConv)> {
        let node = self.graph.node(id);
        let (Op::Conv2d(_), true, true) = (&node.op, node.trainable, self.has_one_reader(id)) else {
            return None;
        };
        let reader = self.graph.ids().find(|&reader| self.graph.node(reader).inputs.contains(&id))?;
        let Op::MaxPool(_) = self.graph.node(reader).op else { return None };
        if self.regions.of(reader) != Region::Trained {
            return None;
        }
        let (_, Head::Conv(conv, _)) = self.weighted(id)? else { return None };
        let map = node.shape.as_map()?;
        let pool = self.graph.node(reader);
        let window = geometry::window(&pool.op, map, [0; 4], &pool.shape);
        let activation = pointwise(geometry::own_activation(&node.op))?;
        Some((reader, PooledConv::new(conv, activation, window)?))
    }
}

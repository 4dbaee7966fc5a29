//! A graph while it is built, layer on layer.

use std::collections::HashMap;

use graph::{Activation, BatchNorm, Graph, NodeId, Op, Result};

/// A graph and the layer that the next one reads.
#[derive(Debug)]
pub(crate) struct Stack {
    graph: Graph,
    top: NodeId,
    /// How many layers [`Stack::push_numbered`] has given each name.
    numbered: HashMap<&'static str, usize>,
}

impl Stack {
    /// An input of `[H, W, C]` alone.
    pub(crate) fn new(name: &str, input: [usize; 3]) -> Result<Self> {
        let graph = Graph::new(name, "input", input)?;
        Ok(Self { top: graph.input(), graph, numbered: HashMap::new() })
    }

    /// Puts a layer on the top one.
    pub(crate) fn push(&mut self, name: impl Into<String>, op: Op) -> Result<()> {
        self.top = self.graph.add(name, op, &[self.top])?;
        Ok(())
    }

    /// Puts a layer that has no name of its own on the stack: `name`, then `name_1` and so on, as Keras counts them.
    pub(crate) fn push_numbered(&mut self, name: &'static str, op: Op) -> Result<()> {
        let name = self.number(name);
        self.push(name, op)
    }

    /// The next name that begins so: `name`, then `name_1` and so on.
    pub(crate) fn number(&mut self, name: &'static str) -> String {
        let count = self.numbered.entry(name).or_default();
        *count += 1;
        match *count - 1 {
            0 => name.to_string(),
            earlier => format!("{name}_{earlier}"),
        }
    }

    /// Puts a layer that reads an `earlier` one on the stack.
    pub(crate) fn push_on(&mut self, earlier: NodeId, name: impl Into<String>, op: Op) -> Result<()> {
        self.top = self.graph.add(name, op, &[earlier])?;
        Ok(())
    }

    /// Puts the sum of the top layer and an `earlier` one on the stack.
    pub(crate) fn push_sum(&mut self, name: impl Into<String>, earlier: NodeId) -> Result<()> {
        self.top = self.graph.add(name, Op::Add, &[earlier, self.top])?;
        Ok(())
    }

    /// Puts the sum of two layers, in this order, on the stack.
    pub(crate) fn push_sum_of(&mut self, name: impl Into<String>, nodes: [NodeId; 2]) -> Result<()> {
        self.top = self.graph.add(name, Op::Add, &nodes)?;
        Ok(())
    }

    /// Puts the sum of an `earlier` layer and `scale` times the top one on the stack.
    pub(crate) fn push_scaled_sum(
        &mut self,
        name: impl Into<String>,
        earlier: NodeId,
        scale: f32,
    ) -> Result<()> {
        self.top = self.graph.add(name, Op::AddScaled(scale), &[earlier, self.top])?;
        Ok(())
    }

    /// Puts `nodes` side by side along the channels on the stack.
    pub(crate) fn push_concat(&mut self, name: impl Into<String>, nodes: &[NodeId]) -> Result<()> {
        self.top = self.graph.add(name, Op::Concat, nodes)?;
        Ok(())
    }

    /// Puts the product of an `earlier` layer and the top one on the stack.
    pub(crate) fn push_product(&mut self, name: impl Into<String>, earlier: NodeId) -> Result<()> {
        self.top = self.graph.add(name, Op::Multiply, &[earlier, self.top])?;
        Ok(())
    }

    /// Puts zeros on the stack for a convolution or pool of a square `kernel` that steps by two: half of the kernel all
    /// round, and one fewer in front of an even extent, as Keras's `correct_pad`.
    pub(crate) fn push_pad_for_stride_two(&mut self, name: impl Into<String>, kernel: usize) -> Result<()> {
        let behind = kernel / 2;
        let [front, left] = self.size().map(|extent| (behind + extent % 2).saturating_sub(1));
        self.push(name, Op::ZeroPad([front, behind, left, behind]))
    }

    /// Goes on from an `earlier` layer: the next one reads it.
    pub(crate) fn go_back_to(&mut self, earlier: NodeId) {
        self.top = earlier;
    }

    /// Puts a batch norm and a ReLU6 on the stack.
    pub(crate) fn push_norm_relu6(&mut self, norm: (String, &BatchNorm), relu: String) -> Result<()> {
        self.push(norm.0, Op::BatchNorm(norm.1.clone()))?;
        self.push(relu, Op::Activation(Activation::Relu6))
    }

    /// The top layer.
    pub(crate) fn top(&self) -> NodeId {
        self.top
    }

    /// Channels of the top layer.
    pub(crate) fn channels(&self) -> usize {
        self.graph.node(self.top).shape.channels()
    }

    /// Height and width of the top layer, which is a feature map as long as a base is built.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.graph.node(self.top).shape.as_map().map_or([1; 2], |[height, width, _]| [height, width])
    }

    /// The graph; its output is the top layer.
    pub(crate) fn into_graph(self) -> Graph {
        self.graph
    }
}

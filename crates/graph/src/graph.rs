//! A model: named nodes in the order they run, and the table of their parameters.

use std::collections::HashMap;

use crate::{Error, ErrorKind, Initializer, Node, NodeId, Op, Parameter, ParameterId, Result, Shape};

/// A model of one input and one output.
///
/// Nodes are added with [`Graph::add`], each after the nodes it reads, so the list is always in running order.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    name: String,
    nodes: Vec<Node>,
    parameters: Vec<Parameter>,
    by_name: HashMap<String, NodeId>,
    output: NodeId,
}

impl Graph {
    /// A model called `name` whose first node is an input of `shape`.
    ///
    /// # Errors
    /// The shape is empty or too large.
    pub fn new(name: impl Into<String>, input: impl Into<String>, shape: impl Into<Shape>) -> Result<Self> {
        let mut graph = Self {
            name: name.into(),
            nodes: Vec::new(),
            parameters: Vec::new(),
            by_name: HashMap::new(),
            output: NodeId(0),
        };
        graph.add(input, Op::Input(shape.into()), &[])?;
        Ok(graph)
    }

    /// Adds a layer that reads `inputs`, and makes it the output.
    ///
    /// # Errors
    /// The name is taken, the inputs' shapes do not fit the op, or a value is out of range.
    pub fn add(&mut self, name: impl Into<String>, op: Op, inputs: &[NodeId]) -> Result<NodeId> {
        let name = name.into();
        if self.by_name.contains_key(&name) {
            let message = format!("model {}: two layers are called {name}", self.name);
            return Err(Error::new(ErrorKind::DuplicateName, message));
        }
        if matches!(op, Op::Input(_)) && !self.nodes.is_empty() {
            let message = format!("model {}: a second input, {name}; one is supported", self.name);
            return Err(Error::new(ErrorKind::Value, message));
        }
        let shapes: Vec<&Shape> = inputs.iter().map(|id| &self.nodes[id.0].shape).collect();
        let shape = op.output_shape(&name, &shapes)?;
        let id = NodeId(self.nodes.len());
        let mut rows = Vec::new();
        let mut offset = self.parameter_count();
        for declared in op.parameters(&shapes) {
            let (role, initializer, shape) = (declared.role, declared.initializer, Shape::new(declared.dims));
            if shape.elements() > MOST_PARAMETERS.saturating_sub(offset) {
                let message = format!("layer {name}: its {} of {shape} is too large", role.name());
                return Err(Error::new(ErrorKind::Value, message));
            }
            let length = shape.elements();
            let name = format!("{name}/{}", role.name());
            rows.push(Parameter { name, node: id, role, shape, initializer, offset });
            offset += length;
        }
        let first = self.parameters.len();
        let parameters = (first..first + rows.len()).map(ParameterId).collect();
        // Nothing is changed before everything is checked: a refused layer leaves the graph as it was.
        self.parameters.extend(rows);
        self.by_name.insert(name.clone(), id);
        self.nodes.push(Node { name, op, inputs: inputs.to_vec(), parameters, shape, trainable: true });
        self.output = id;
        Ok(id)
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The nodes in the order they run; the first is the input.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The identifiers of all nodes, in the order they run.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// One node. `id` must come from this graph.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The layer called `name`.
    ///
    /// # Errors
    /// There is none; the message lists the layers with the most similar names.
    pub fn find(&self, name: &str) -> Result<NodeId> {
        self.by_name.get(name).copied().ok_or_else(|| {
            let near = crate::nearest(name, self.nodes.iter().map(|n| n.name.as_str()), 5).join(", ");
            Error::new(
                ErrorKind::UnknownName,
                format!("model {} has no layer {name}; the nearest names are {near}", self.name),
            )
        })
    }

    /// The input node.
    pub fn input(&self) -> NodeId {
        NodeId(0)
    }

    /// The node whose output is the model's.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// The shape of one input picture, `[H, W, C]`.
    pub fn input_shape(&self) -> &Shape {
        &self.nodes[0].shape
    }

    /// The shape of one output.
    pub fn output_shape(&self) -> &Shape {
        &self.nodes[self.output.0].shape
    }

    /// The table of parameters.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// One parameter. `id` must come from this graph.
    pub fn parameter(&self, id: ParameterId) -> &Parameter {
        &self.parameters[id.0]
    }

    /// The number of values in all parameters.
    pub fn parameter_count(&self) -> usize {
        self.parameters.last().map_or(0, |p| p.offset + p.len())
    }

    /// Whether an optimizer changes `parameter`: its layer is trainable and it is no moving figure.
    pub fn is_trained(&self, parameter: &Parameter) -> bool {
        parameter.role.is_learned() && self.node(parameter.node).trainable
    }

    /// The number of values that an optimizer changes.
    pub fn trained_count(&self) -> usize {
        self.parameters.iter().filter(|p| self.is_trained(p)).map(Parameter::len).sum()
    }

    /// Keras's `layer.trainable = value` for one layer.
    pub fn set_trainable(&mut self, id: NodeId, trainable: bool) {
        self.nodes[id.0].trainable = trainable;
    }

    /// Puts other figures, a value a channel, into a `Normalization`.
    ///
    /// # Errors
    /// The layer is another one, or the figures are of another number of channels.
    pub fn set_normalization(&mut self, id: NodeId, mean: Vec<f32>, variance: Vec<f32>) -> Result<()> {
        let node = &mut self.nodes[id.0];
        match &node.op {
            Op::Normalization { mean: old, .. } if [mean.len(), variance.len()] == [old.len(); 2] => {
                node.op = Op::Normalization { mean, variance };
                Ok(())
            }
            op => {
                let (name, kind, count) = (&node.name, op.keras_class(), mean.len());
                let message = format!(
                    "layer {name}: expected a Normalization of {count} channels, received {kind} of {}",
                    node.shape
                );
                Err(Error::new(ErrorKind::Value, message))
            }
        }
    }

    /// How the kernels of a layer start, in its configuration and in the table;
    /// a layer without a kernel stays as it is.
    pub fn set_initializer(&mut self, id: NodeId, initializer: Initializer) {
        let node = &mut self.nodes[id.0];
        node.op.set_initializer(initializer);
        for parameter in &node.parameters {
            let row = &mut self.parameters[parameter.0];
            if row.role.is_kernel() {
                row.initializer = initializer;
            }
        }
    }

    /// Freezes every layer up to and with `last`, and makes every later one trainable.
    pub fn freeze_through(&mut self, last: NodeId) {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            node.trainable = index > last.0;
        }
    }
}

/// No model may have more parameters than this (8 GiB of float32): a hostile file stops here.
const MOST_PARAMETERS: usize = 1 << 31;

#[cfg(test)]
mod tests;

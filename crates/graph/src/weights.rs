//! The values of a model's parameters: one flat buffer laid out by the graph's table.

use crate::{Error, ErrorKind, Graph, Parameter, Result};

/// All parameters of one graph, in the order of its table, in one buffer.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    values: Vec<f32>,
}

impl Weights {
    /// All zero, sized for `graph`.
    pub fn zeros(graph: &Graph) -> Self {
        Self { values: vec![0.0; graph.parameter_count()] }
    }

    /// The values of `parameter`, in the order of its shape.
    pub fn get(&self, parameter: &Parameter) -> &[f32] {
        &self.values[parameter.range()]
    }

    /// The values of `parameter`, to change them.
    pub fn get_mut(&mut self, parameter: &Parameter) -> &mut [f32] {
        &mut self.values[parameter.range()]
    }

    /// Everything, in the order of the table.
    pub fn as_slice(&self) -> &[f32] {
        &self.values
    }

    /// Everything, to change it.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Fails unless these weights have the size of `graph`'s table.
    pub fn check(&self, graph: &Graph) -> Result<()> {
        match (self.values.len(), graph.parameter_count()) {
            (have, want) if have == want => Ok(()),
            (have, want) => Err(Error::new(
                ErrorKind::Weights,
                format!("model {}: expected {want} weights, received {have}", graph.name()),
            )),
        }
    }
}

//! How a model ends, and so how its output is read as one probability a class.

use graph::{Activation, Graph, Op};

use crate::{Error, Result};

/// The end of a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Softmax over this many units, one a class.
    Softmax(usize),
    /// One sigmoid unit: the probability of the second of two classes.
    Sigmoid,
}

impl Answer {
    /// How `graph` ends.
    ///
    /// # Errors
    /// Neither in a softmax over classes nor in one sigmoid unit.
    pub fn of(graph: &Graph) -> Result<Self> {
        let last = graph.node(graph.output());
        let activation = match &last.op {
            Op::Dense(dense) => dense.activation,
            Op::Activation(activation) => *activation,
            _ => Activation::Linear,
        };
        match (activation, last.shape.dims()) {
            (Activation::Softmax, [classes]) if *classes >= 2 => Ok(Self::Softmax(*classes)),
            (Activation::Sigmoid, [1]) => Ok(Self::Sigmoid),
            _ => Err(Error::model(format!(
                "model {}: a classifier ends in a softmax over two classes or more, or in one sigmoid unit; its last \
                 layer {} gives {} through {}",
                graph.name(),
                last.name,
                last.shape,
                activation.name()
            ))),
        }
    }

    /// The number of classes.
    pub fn classes(self) -> usize {
        match self {
            Self::Softmax(classes) => classes,
            Self::Sigmoid => 2,
        }
    }

    /// The number of the model's output values for one picture.
    pub fn units(self) -> usize {
        match self {
            Self::Softmax(classes) => classes,
            Self::Sigmoid => 1,
        }
    }

    /// Appends to `probabilities` the model's `values` (`[pictures, units]`) as `[pictures, classes]`.
    pub fn expand(self, values: &[f32], probabilities: &mut Vec<f32>) {
        match self {
            Self::Softmax(_) => probabilities.extend_from_slice(values),
            Self::Sigmoid => probabilities.extend(values.iter().flat_map(|&p| [1.0 - p, p])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::Dense;

    fn ending(op: Op) -> Result<Answer> {
        let mut graph = Graph::new("m", "input", [4]).unwrap();
        graph.add("end", op, &[graph.input()]).unwrap();
        Answer::of(&graph)
    }

    #[test]
    fn reads_softmax_and_sigmoid_only() {
        assert_eq!(ending(Op::Activation(Activation::Softmax)).unwrap(), Answer::Softmax(4));
        let dense = |units, activation| Op::Dense(Dense::new(units).activation(activation));
        assert_eq!(ending(dense(3, Activation::Softmax)).unwrap(), Answer::Softmax(3));
        assert_eq!(ending(dense(1, Activation::Sigmoid)).unwrap(), Answer::Sigmoid);
        for op in [dense(3, Activation::Linear), dense(2, Activation::Sigmoid), dense(1, Activation::Softmax)]
        {
            let message = ending(op).unwrap_err().to_string();
            assert!(message.contains("last layer end gives (None, "), "{message}");
        }
    }

    #[test]
    fn a_sigmoid_is_two_classes() {
        let mut probabilities = Vec::new();
        Answer::Sigmoid.expand(&[0.25, 1.0], &mut probabilities);
        assert_eq!(probabilities, [0.75, 0.25, 0.0, 1.0]);
    }
}

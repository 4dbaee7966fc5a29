//! What stands on a base: the published classifier, or a new head.

use graph::{Activation, Dense, Initializer, Op, Result};

use crate::options::{Head, HeadActivation};
use crate::stack::Stack;

/// The classifier that an architecture was published with: global average pooling, dropout, dense with softmax.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedTop {
    /// The name of the pooling layer.
    pub pooling: &'static str,
    /// The name of the dropout layer and its rate, where there is one.
    pub dropout: Option<(&'static str, f32)>,
    /// The name of the dense layer.
    pub dense: &'static str,
    /// How many classes it knows.
    pub classes: usize,
}

/// How a new head reads the base's last feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadPooling {
    /// The mean of each channel: what a network with many channels and a wide view wants.
    Average,
    /// Every value by itself, through a hidden layer: keeps where something is, which a small network needs.
    Hidden {
        /// The hidden layer's size.
        units: usize,
        /// What its kernel starts from.
        initializer: Initializer,
    },
}

impl PublishedTop {
    pub(crate) fn push(&self, stack: &mut Stack) -> Result<()> {
        stack.push(self.pooling, Op::GlobalAveragePool)?; // [features]
        if let Some((name, rate)) = self.dropout {
            stack.push(name, Op::Dropout(rate))?;
        }
        stack.push(self.dense, Op::Dense(Dense::new(self.classes).activation(Activation::Softmax))) // [classes]
    }
}

/// Puts `head` on the stack. Its names differ from a published top's, so that weights are never taken for one.
pub(crate) fn push_head(stack: &mut Stack, head: &Head, pooling: HeadPooling) -> Result<()> {
    match pooling {
        HeadPooling::Average => stack.push("head_pool", Op::GlobalAveragePool)?, // [features]
        HeadPooling::Hidden { units, initializer } => {
            stack.push("head_flatten", Op::Flatten)?; // [h · w · features]
            let hidden = Dense::new(units).activation(Activation::Relu).initializer(initializer);
            stack.push("head_hidden", Op::Dense(hidden))?; // [units]
        }
    }
    if head.dropout > 0.0 {
        stack.push("head_dropout", Op::Dropout(head.dropout))?;
    }
    let dense = match head.activation {
        HeadActivation::Softmax => Dense::new(head.classes).activation(Activation::Softmax),
        HeadActivation::Sigmoid => Dense::new(1).activation(Activation::Sigmoid),
    };
    stack.push("head_dense", Op::Dense(dense)) // [classes], or [1]
}

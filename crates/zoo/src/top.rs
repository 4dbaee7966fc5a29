//! What stands on a base: the published classifier, or a new head.

use graph::{Activation, Dense, Initializer, LayerNorm, Op, Result};

use crate::options::{Head, HeadActivation, Pooling};
use crate::stack::Stack;

/// How a new head reads the base's last feature map.
#[derive(Debug, Clone, PartialEq)]
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
    /// The mean of each channel, normed: for a network whose published classifier reads it through a layer norm, which
    /// belongs to its features too.
    Normed {
        /// The norm's name in the published classifier, so that its weights are found.
        name: &'static str,
        /// The norm.
        norm: LayerNorm,
    },
}

impl HeadPooling {
    /// Puts what pools by choice of the user on the stack, and the norm where there is one: behind a pooling, or before
    /// values are put in a row, it norms channels.
    pub(crate) fn push_chosen(&self, stack: &mut Stack, pooling: Pooling, prefix: &str) -> Result<()> {
        let push_norm = |stack: &mut Stack| match self {
            Self::Normed { name, norm } => stack.push(*name, Op::LayerNorm(norm.clone())),
            Self::Average | Self::Hidden { .. } => Ok(()),
        };
        match pooling {
            Pooling::None => push_norm(stack),
            Pooling::Average => {
                stack.push(format!("{prefix}_pool"), Op::GlobalAveragePool { keepdims: false })?; // [features]
                push_norm(stack)
            }
            Pooling::Max => {
                stack.push(format!("{prefix}_pool"), Op::GlobalMaxPool { keepdims: false })?; // [features]
                push_norm(stack)
            }
            Pooling::Flatten => {
                push_norm(stack)?;
                stack.push(format!("{prefix}_flatten"), Op::Flatten) // [h · w · features]
            }
        }
    }
}

/// The top that most are published with: the mean of each channel (layer `pooling`), dropout where there is one, and a
/// dense layer `predictions` with softmax over `classes`.
pub(crate) fn push_average_top(
    stack: &mut Stack,
    pooling: &str,
    dropout: Option<(&str, f32)>,
    classes: usize,
) -> Result<()> {
    stack.push(pooling, Op::GlobalAveragePool { keepdims: false })?; // [features]
    if let Some((name, rate)) = dropout {
        stack.push(name, Op::Dropout(rate))?;
    }
    stack.push("predictions", Op::Dense(Dense::new(classes).activation(Activation::Softmax))) // [classes]
}

/// Puts `head` on the stack, which reads the base as the head says, else by `pooling`. Its names differ from a
/// published top's, so that weights are never taken for one.
pub(crate) fn push_head(stack: &mut Stack, head: &Head, pooling: &HeadPooling) -> Result<()> {
    match (head.pooling, pooling) {
        (Some(chosen), _) => pooling.push_chosen(stack, chosen, "head")?,
        (None, HeadPooling::Average | HeadPooling::Normed { .. }) => {
            pooling.push_chosen(stack, Pooling::Average, "head")?;
        }
        (None, HeadPooling::Hidden { units, initializer }) => {
            pooling.push_chosen(stack, Pooling::Flatten, "head")?;
            let hidden = Dense::new(*units).activation(Activation::Relu).initializer(*initializer);
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

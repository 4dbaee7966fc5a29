//! What Inception networks are made of (Szegedy et al. 2015, arXiv:1512.00567): branches of convolutions side by side,
//! each convolution followed by batch norm and ReLU. The layers have no names of their own, as in Keras.

use graph::{Activation, BatchNorm, Conv2d, NodeId, Op, Padding, Pool, Result};

use crate::stack::Stack;

/// A layer of a branch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layer {
    /// A convolution without bias, batch norm and ReLU.
    Conv {
        filters: usize,
        /// Height and width.
        kernel: [usize; 2],
        stride: usize,
        padding: Padding,
    },
    /// The mean of each 3×3 window.
    AveragePool,
    /// The largest value of each 3×3 window, by steps of two.
    MaxPool,
    /// A 1×3 and a 3×1 convolution beside each other, of so many filters each, under this name.
    Fork { filters: usize, name: Option<&'static str> },
}

/// A convolution that keeps height and width.
pub(crate) const fn conv(filters: usize, kernel: [usize; 2]) -> Layer {
    Layer::Conv { filters, kernel, stride: 1, padding: Padding::Same }
}

/// A square convolution that stays inside the picture.
pub(crate) const fn inside(filters: usize, kernel: usize) -> Layer {
    Layer::Conv { filters, kernel: [kernel; 2], stride: 1, padding: Padding::Valid }
}

/// A 3×3 convolution by steps of two.
pub(crate) const fn halve(filters: usize) -> Layer {
    Layer::Conv { filters, kernel: [3; 2], stride: 2, padding: Padding::Valid }
}

/// The layers before the first branches: `[H, W, C]` to about `[H / 8, W / 8, 192]`.
pub(crate) const STEM: [Layer; 7] = [
    halve(32),
    inside(32, 3),
    conv(64, [3, 3]),
    Layer::MaxPool,
    inside(80, 1),
    inside(192, 3),
    Layer::MaxPool,
];

const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1e-3, scale: false, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

/// Puts `layers` on the stack, one on the other.
pub(crate) fn push_layers(stack: &mut Stack, layers: &[Layer]) -> Result<()> {
    for &layer in layers {
        match layer {
            Layer::Conv { filters, kernel, stride, padding } => {
                let conv = Conv2d { kernel, padding, ..Conv2d::new(filters, 1) };
                push_conv(stack, conv.stride(stride).no_bias())?;
            }
            Layer::AveragePool => {
                stack.push_numbered("average_pooling2d", Op::AveragePool(Pool::new(3).stride(1).same()))?;
            }
            Layer::MaxPool => stack.push_numbered("max_pooling2d", Op::MaxPool(Pool::new(3).stride(2)))?,
            Layer::Fork { filters, name } => {
                let beside = [conv(filters, [1, 3]), conv(filters, [3, 1])];
                let name = name.map_or_else(|| stack.number("concatenate"), String::from);
                push_branches(stack, name, &beside.map(|layer| [layer]))?;
            }
        }
    }
    Ok(())
}

/// Puts `branches` on the stack: each reads the top layer, and their outputs lie side by side along the channels.
pub(crate) fn push_branches(
    stack: &mut Stack,
    name: impl Into<String>,
    branches: &[impl AsRef<[Layer]>],
) -> Result<()> {
    let input = stack.top();
    let mut outputs: Vec<NodeId> = Vec::with_capacity(branches.len());
    for branch in branches {
        stack.go_back_to(input);
        push_layers(stack, branch.as_ref())?;
        outputs.push(stack.top());
    }
    stack.push_concat(name, &outputs)
}

fn push_conv(stack: &mut Stack, conv: Conv2d) -> Result<()> {
    stack.push_numbered("conv2d", Op::Conv2d(conv))?;
    stack.push_numbered("batch_normalization", Op::BatchNorm(NORM))?;
    stack.push_numbered("activation", RELU)
}

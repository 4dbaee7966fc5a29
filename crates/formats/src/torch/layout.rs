//! PyTorch's layouts of weights turned into Keras's.
//!
//! | op | PyTorch | Keras |
//! |---|---|---|
//! | convolution | `[out, in / groups, kh, kw]` | `[kh, kw, in / groups, out]` |
//! | depthwise | `[in * multiplier, 1, kh, kw]` | `[kh, kw, in, multiplier]` |
//! | separable | one of each | one of each |
//! | dense | `[out, in]` | `[in, out]` |
//! | dense after flattening a map | `in` is `[C, H, W]` | `in` is `[H, W, C]` |
//!
//! Extents of 1 may be missing or too many: a pointwise convolution is often a dense layer in PyTorch, and a factor a
//! channel `[C, 1, 1]`. What is a dense layer after flattening here may be a convolution over the whole map there.

use graph::{Graph, NodeId, Op, Parameter, Role};

use super::Tensor;
use crate::{Error, Result};

/// The values of `tensor` in the layout of `parameter` of `graph`.
///
/// # Errors
/// The shapes do not fit; the message has both.
pub(super) fn to_keras_layout(graph: &Graph, parameter: &Parameter, tensor: &Tensor) -> Result<Vec<f32>> {
    let Layout { shape, split, order } = Layout::of(graph, parameter);
    let without_ones =
        |shape: &[usize]| shape.iter().copied().filter(|extent| *extent != 1).collect::<Vec<usize>>();
    let received = without_ones(&tensor.shape);
    let fits = [&shape, &split].iter().any(|shape| without_ones(shape) == received);
    if !fits || tensor.data.len() != parameter.len() {
        return Err(Error::mismatch(format!(
            "{} of shape {:?} needs a tensor of shape {shape:?}; {} has {:?}",
            parameter.name,
            parameter.shape.dims(),
            tensor.name,
            tensor.shape
        )));
    }
    Ok(permute(&tensor.data, &split, &order))
}

/// How a parameter lies in PyTorch.
struct Layout {
    /// Its extents there.
    shape: Vec<usize>,
    /// The same, with axes cut in two that are two in Keras.
    split: Vec<usize>,
    /// Which of these each axis in Keras is.
    order: Vec<usize>,
}

impl Layout {
    fn of(graph: &Graph, parameter: &Parameter) -> Self {
        let op = &graph.node(parameter.node).op;
        let dims = parameter.shape.dims();
        let plain =
            |shape: Vec<usize>, order: &[usize]| Self { split: shape.clone(), shape, order: order.into() };
        match (parameter.role, op, dims) {
            (Role::Kernel, Op::DepthwiseConv2d(_), &[kh, kw, channels, multiplier])
            | (Role::DepthwiseKernel, _, &[kh, kw, channels, multiplier]) => Self {
                shape: vec![channels * multiplier, 1, kh, kw],
                // Both split the output channels as channel * multiplier + m, so the first axis becomes the last two.
                split: vec![channels, multiplier, kh, kw],
                order: vec![2, 3, 0, 1],
            },
            (Role::Kernel | Role::PointwiseKernel, _, &[kh, kw, input, output]) => {
                plain(vec![output, input, kh, kw], &[2, 3, 1, 0])
            }
            (Role::Kernel, Op::Dense(_), &[input, output]) => match flattened_map(graph, parameter.node) {
                Some([h, w, c]) => {
                    Self { shape: vec![output, input], split: vec![output, c, h, w], order: vec![2, 3, 1, 0] }
                }
                None => plain(vec![output, input], &[1, 0]),
            },
            _ => plain(dims.to_vec(), &(0..dims.len()).collect::<Vec<usize>>()),
        }
    }
}

/// `[H, W, C]` where the dense layer `node` reads a flattened map, in Keras's order of values.
fn flattened_map(graph: &Graph, node: NodeId) -> Option<[usize; 3]> {
    let mut node = graph.node(node);
    loop {
        node = graph.node(*node.inputs.first()?);
        match &node.op {
            Op::Flatten | Op::Reshape(_) => return graph.node(*node.inputs.first()?).shape.as_map(),
            Op::Dropout(_) | Op::Activation(_) => {}
            _ => return None,
        }
    }
}

/// `data` of `shape` with its axes in another order: axis `a` of the result is axis `order[a]`.
fn permute(data: &[f32], shape: &[usize], order: &[usize]) -> Vec<f32> {
    let strides: Vec<usize> = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect();
    let mut output = Vec::with_capacity(data.len());
    let mut index = vec![0; shape.len()];
    for _ in 0..data.len() {
        output.push(data[index.iter().zip(order).map(|(i, axis)| i * strides[*axis]).sum::<usize>()]);
        for axis in (0..index.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[order[axis]] {
                break;
            }
            index[axis] = 0;
        }
    }
    output
}

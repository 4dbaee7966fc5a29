//! PyTorch's layouts of weights turned into Keras's.
//!
//! | op | PyTorch | Keras |
//! |---|---|---|
//! | convolution | `[out, in / groups, kh, kw]` | `[kh, kw, in / groups, out]` |
//! | depthwise | `[in * multiplier, 1, kh, kw]` | `[kh, kw, in, multiplier]` |
//! | dense | `[out, in]` | `[in, out]` |
//! | dense after flattening a map | `in` is `[C, H, W]` | `in` is `[H, W, C]` |

use std::collections::HashMap;

use graph::{Graph, NodeId, Op, Parameter, Role, Weights};

use super::Tensor;
use crate::{Error, Loaded, Result};

/// The values of `tensor` in the layout of `parameter` of `graph`.
///
/// # Errors
/// The shapes do not fit; the message has both.
pub fn to_keras_layout(graph: &Graph, parameter: &Parameter, tensor: &Tensor) -> Result<Vec<f32>> {
    let shape = parameter.shape.dims();
    let op = &graph.node(parameter.node).op;
    // The extents that the tensor must have, and for each axis of the parameter the tensor's stride along it.
    let (expected, permuted) = match (parameter.role, op, shape) {
        (Role::Kernel, Op::Conv2d(_), &[kh, kw, input, output]) => {
            (vec![output, input, kh, kw], [2, 3, 1, 0].to_vec())
        }
        (Role::Kernel, Op::DepthwiseConv2d(_), &[kh, kw, channels, multiplier]) => {
            (vec![channels * multiplier, 1, kh, kw], [2, 3, 0, 1].to_vec())
        }
        (Role::Kernel, Op::Dense(_), &[input, output]) => (vec![output, input], vec![1, 0]),
        _ => (shape.to_vec(), (0..shape.len()).collect()),
    };
    if tensor.shape != expected || tensor.data.len() != parameter.len() {
        return Err(Error::mismatch(format!(
            "{} of shape {shape:?} needs a tensor of shape {expected:?}; {} has {:?}",
            parameter.name, tensor.name, tensor.shape
        )));
    }
    match (op, shape) {
        // Both split the output channels as channel * multiplier + m, so the first axis becomes the last two.
        (Op::DepthwiseConv2d(_), &[kh, kw, channels, multiplier]) => {
            Ok(permute(&tensor.data, &[channels, multiplier, kh, kw], &[2, 3, 0, 1]))
        }
        (Op::Dense(_), &[_, output]) if parameter.role == Role::Kernel => {
            match flattened_map(graph, parameter.node) {
                Some([h, w, c]) => Ok(permute(&tensor.data, &[output, c, h, w], &[2, 3, 1, 0])),
                None => Ok(permute(&tensor.data, &expected, &permuted)),
            }
        }
        _ => Ok(permute(&tensor.data, &expected, &permuted)),
    }
}

/// `[H, W, C]` where the dense layer `node` reads a flattened map, in Keras's order of values.
fn flattened_map(graph: &Graph, node: NodeId) -> Option<[usize; 3]> {
    let mut node = graph.node(node);
    loop {
        node = graph.node(*node.inputs.first()?);
        match node.op {
            Op::Flatten => return graph.node(*node.inputs.first()?).shape.as_map(),
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

/// Fills the parameters of `graph` from `tensors`; `name_of` gives the tensor for a parameter, as `Conv1/kernel`.
///
/// A parameter without a name keeps its values. The result lists parameters, and the tensors that none asked for.
///
/// # Errors
/// A tensor is missing or has another shape, or `weights` are another graph's; they are then unchanged.
pub fn assign(
    graph: &Graph,
    weights: &mut Weights,
    tensors: &[Tensor],
    name_of: impl Fn(&str) -> Option<String>,
) -> Result<Loaded> {
    weights.check(graph)?;
    let by_name: HashMap<&str, &Tensor> =
        tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let mut unused = by_name.clone();
    let mut loaded = Loaded::default();
    let mut values = Vec::new();
    for parameter in graph.parameters() {
        let Some(name) = name_of(&parameter.name) else {
            loaded.skipped.push((parameter.name.clone(), "it has no name in the file".into()));
            continue;
        };
        let tensor = by_name.get(name.as_str()).ok_or_else(|| {
            let near = graph::nearest(&name, by_name.keys().copied(), 3).join(", ");
            Error::mismatch(format!(
                "{} needs the tensor {name}, which is missing; like it are {near}",
                parameter.name
            ))
        })?;
        unused.remove(name.as_str());
        values.push((parameter, to_keras_layout(graph, parameter, tensor)?));
        loaded.loaded.push(parameter.name.clone());
    }
    for (parameter, values) in values {
        weights.get_mut(parameter).copy_from_slice(&values);
    }
    let unused = tensors.iter().filter(|tensor| unused.contains_key(tensor.name.as_str()));
    loaded
        .skipped
        .extend(unused.map(|tensor| (tensor.name.clone(), "the model has no parameter for it".into())));
    Ok(loaded)
}

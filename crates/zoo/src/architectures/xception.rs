//! Xception (Chollet 2016, arXiv:1610.02357), layer for layer and name for name as `keras.applications.Xception`.
//!
//! Two convolutions, then blocks of separable 3×3 convolutions with a shortcut round each: its input, or where the
//! block ends in a max pool a strided 1×1 convolution of it.
//!
//! PyTorch's are other networks, so that there are no names for their weights: timm's
//! `legacy_xception` pads its max pools evenly, and its norms add 1e-5.

use graph::{Activation, BatchNorm, Conv2d, Op, Pool, Result, SeparableConv2d};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "xception",
    title: "Xception",
    description: "Accurate for its weights; made of separable convolutions, for pictures of 299 × 299.",
    paper: "Chollet 2016, Xception: Deep Learning with Depthwise Separable Convolutions, arXiv:1610.02357",
    default_input: [299, 299, 3],
    minimum_size: 71,
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top1: Some(0.790),
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    base: |stack, _| base(stack),
    last_of_base: &["block14_sepconv2_act"],
    // A shortcut's convolution comes first.
    blocks: &[
        ("block2", "conv2d"),
        ("block3", "conv2d_1"),
        ("block4", "conv2d_2"),
        ("block5", "block5_"),
        ("block13", "conv2d_3"),
    ],
    ..Architecture::COMMON
}];

/// Filters of the two convolutions that all begins with, and of the two separable ones that all ends with.
const FIRST_FILTERS: [usize; 2] = [32, 64];
const LAST_FILTERS: [usize; 2] = [1536, 2048];
/// Filters of the separable convolutions of each block between, from `block2` on.
const BLOCKS: [&[usize]; 12] = [
    &[128, 128],
    &[256, 256],
    &[728, 728],
    MIDDLE,
    MIDDLE,
    MIDDLE,
    MIDDLE,
    MIDDLE,
    MIDDLE,
    MIDDLE,
    MIDDLE,
    &[728, 1024],
];
/// A block that keeps its input's shape, so that its shortcut is the input itself.
const MIDDLE: &[usize] = &[728, 728, 728];
const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1e-3, scale: true, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

fn base(stack: &mut Stack) -> Result<()> {
    for (index, (filters, stride)) in FIRST_FILTERS.into_iter().zip([2, 1]).enumerate() {
        let name = format!("block1_conv{}", index + 1);
        stack.push(&*name, Op::Conv2d(Conv2d::new(filters, 3).stride(stride).no_bias()))?;
        stack.push(format!("{name}_bn"), Op::BatchNorm(NORM))?;
        stack.push(format!("{name}_act"), RELU)?;
    } // [H / 2, W / 2, 64]
    for (index, filters) in BLOCKS.into_iter().enumerate() {
        block(stack, index + 2, filters)?;
    } // [H / 32, W / 32, 1024]
    for (index, filters) in LAST_FILTERS.into_iter().enumerate() {
        let name = format!("block14_sepconv{}", index + 1);
        push_separable(stack, &name, filters)?;
        stack.push(format!("{name}_act"), RELU)?;
    } // [H / 32, W / 32, 2048]
    Ok(())
}

fn block(stack: &mut Stack, number: usize, filters: &[usize]) -> Result<()> {
    let name = |part: &str| format!("block{number}_{part}");
    let (input, steps) = (stack.top(), filters != MIDDLE);
    if steps && let Some(&wide) = filters.last() {
        let conv = Conv2d::new(wide, 1).stride(2).same().no_bias();
        stack.push_numbered("conv2d", Op::Conv2d(conv))?; // [h / 2, w / 2, wide]
        stack.push_numbered("batch_normalization", Op::BatchNorm(NORM))?;
    }
    let beside = stack.top();
    stack.go_back_to(input);
    for (index, &filters) in filters.iter().enumerate() {
        let convolution = name(&format!("sepconv{}", index + 1));
        // The first block reads what has been through a ReLU.
        if (number, index) != (2, 0) {
            stack.push(format!("{convolution}_act"), RELU)?;
        }
        push_separable(stack, &convolution, filters)?; // [h, w, filters]
    }
    if steps {
        stack.push(name("pool"), Op::MaxPool(Pool::new(3).stride(2).same()))?; // [h / 2, w / 2, filters]
    }
    let sum = stack.number("add");
    stack.push_sum_of(sum, [stack.top(), beside])
}

fn push_separable(stack: &mut Stack, name: &str, filters: usize) -> Result<()> {
    stack.push(name, Op::SeparableConv2d(SeparableConv2d::new(filters, 3).same().no_bias()))?;
    stack.push(format!("{name}_bn"), Op::BatchNorm(NORM))
}

//! ResNet (He et al. 2015, arXiv:1512.03385), layer for layer and name for name as `keras.applications.ResNet50`.
//!
//! A bottleneck block is a 1×1 convolution that narrows (and steps, in the first block of a stage), a 3×3 one and a 1×1
//! one that widens fourfold, beside a shortcut: `y = relu(x + f(x))`,
//! the shortcut a 1×1 convolution where shapes change.
//!
//! Weights of torchvision's and timm's ResNets do not fit: those step in the 3×3 convolution and have no biases. They
//! are for `resnet50_v1_5` and its like.

use graph::{Activation, BatchNorm, Conv2d, Op, Pool, Result};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "resnet50",
        title: "ResNet50",
        description: "Larger and slower than the small networks; the one that others compare with.",
        top1: Some(0.749),
        base: |stack, _| base(stack, [3, 4, 6, 3]),
        ..SHARED
    },
    Architecture {
        name: "resnet101",
        title: "ResNet101",
        description: "ResNet50 with twice its depth.",
        top1: Some(0.764),
        base: |stack, _| base(stack, [3, 4, 23, 3]),
        ..SHARED
    },
    Architecture {
        name: "resnet152",
        title: "ResNet152",
        description: "ResNet50 with three times its depth.",
        top1: Some(0.766),
        base: |stack, _| base(stack, [3, 8, 36, 3]),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "He et al. 2015, Deep Residual Learning for Image Recognition, arXiv:1512.03385",
    scaling: InputScaling::Caffe,
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    last_of_base: &["conv5_block3_out"],
    blocks: &[("conv2", "conv2_"), ("conv3", "conv3_"), ("conv4", "conv4_"), ("conv5", "conv5_")],
    ..Architecture::COMMON
};

/// How many blocks each of the four stages has.
type Blocks = [usize; 4];

const STEM_FILTERS: usize = 64;
/// Of the narrow convolutions, in each stage.
const FILTERS: [usize; 4] = [64, 128, 256, 512];
const WIDENING: usize = 4;
const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1.001e-5, scale: true, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

fn base(stack: &mut Stack, blocks: Blocks) -> Result<()> {
    stack.push("conv1_pad", Op::ZeroPad([3; 4]))?;
    stack.push("conv1_conv", Op::Conv2d(Conv2d::new(STEM_FILTERS, 7).stride(2)))?; // [H / 2, W / 2, 64]
    stack.push("conv1_bn", Op::BatchNorm(NORM))?;
    stack.push("conv1_relu", RELU)?;
    stack.push("pool1_pad", Op::ZeroPad([1; 4]))?;
    stack.push("pool1_pool", Op::MaxPool(Pool::new(3).stride(2)))?; // [H / 4, W / 4, 64]
    for (stage, (&blocks, &filters)) in blocks.iter().zip(&FILTERS).enumerate() {
        for index in 0..blocks {
            let name = format!("conv{}_block{}", stage + 2, index + 1);
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let shortcut = if index == 0 { Shortcut::Convolution } else { Shortcut::Identity };
            block(stack, &name, filters, stride, shortcut)?;
        }
    } // [H / 32, W / 32, 2048]
    Ok(())
}

/// What a block's output is added to.
#[derive(Clone, Copy, PartialEq)]
enum Shortcut {
    /// Its input.
    Identity,
    /// A 1×1 convolution of its input.
    Convolution,
}

fn block(stack: &mut Stack, name: &str, filters: usize, stride: usize, shortcut: Shortcut) -> Result<()> {
    let part = |part: &str| format!("{name}_{part}");
    let input = stack.top();
    let wide = filters * WIDENING;
    if shortcut == Shortcut::Convolution {
        stack.push(part("0_conv"), Op::Conv2d(Conv2d::new(wide, 1).stride(stride)))?;
        stack.push(part("0_bn"), Op::BatchNorm(NORM))?;
    }
    let beside = stack.top();
    stack.push_on(input, part("1_conv"), Op::Conv2d(Conv2d::new(filters, 1).stride(stride)))?;
    stack.push(part("1_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("1_relu"), RELU)?;
    stack.push(part("2_conv"), Op::Conv2d(Conv2d::new(filters, 3).same()))?;
    stack.push(part("2_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("2_relu"), RELU)?;
    stack.push(part("3_conv"), Op::Conv2d(Conv2d::new(wide, 1)))?;
    stack.push(part("3_bn"), Op::BatchNorm(NORM))?;
    stack.push_sum(part("add"), beside)?;
    stack.push(part("out"), RELU)
}

//! ResNet V2 (He et al. 2016, arXiv:1603.05027), layer for layer and name for name as `keras.applications.ResNet50V2`.
//!
//! Norm and ReLU stand before the convolutions instead of behind them, so the shortcut goes through untouched:
//! `y = x + f(relu(norm(x)))`. A stage steps in its last block.
//!
//! PyTorch's are other networks, so that there are no names for their weights: timm's
//! `resnetv2_50` steps in a stage's first block.

use graph::{Activation, BatchNorm, Conv2d, Op, Pool, Result};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "resnet50_v2",
        title: "ResNet50V2",
        description: "ResNet50 with its norms in front: somewhat more accurate at the same cost.",
        top1: Some(0.760),
        base: |stack, _| base(stack, [3, 4, 6, 3]),
        ..SHARED
    },
    Architecture {
        name: "resnet101_v2",
        title: "ResNet101V2",
        description: "ResNet50V2 with twice its depth.",
        top1: Some(0.772),
        base: |stack, _| base(stack, [3, 4, 23, 3]),
        ..SHARED
    },
    Architecture {
        name: "resnet152_v2",
        title: "ResNet152V2",
        description: "ResNet50V2 with three times its depth.",
        top1: Some(0.780),
        base: |stack, _| base(stack, [3, 8, 36, 3]),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "He et al. 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027",
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    last_of_base: &["post_relu"],
    blocks: &[("conv2", "conv2_"), ("conv3", "conv3_"), ("conv4", "conv4_"), ("conv5", "conv5_")],
    ..Architecture::COMMON
};

/// How many blocks each of the four stages has.
type Blocks = [usize; 4];

const STEM_FILTERS: usize = 64;
/// Of the narrow convolutions, in each stage.
const FILTERS: [usize; 4] = [64, 128, 256, 512];
/// Of the last block, in each stage.
const STRIDES: [usize; 4] = [2, 2, 2, 1];
const WIDENING: usize = 4;
const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1.001e-5, scale: true, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

fn base(stack: &mut Stack, blocks: Blocks) -> Result<()> {
    stack.push("conv1_pad", Op::ZeroPad([3; 4]))?;
    stack.push("conv1_conv", Op::Conv2d(Conv2d::new(STEM_FILTERS, 7).stride(2)))?; // [H / 2, W / 2, 64]
    stack.push("pool1_pad", Op::ZeroPad([1; 4]))?;
    stack.push("pool1_pool", Op::MaxPool(Pool::new(3).stride(2)))?; // [H / 4, W / 4, 64]
    for (stage, (&blocks, &filters)) in blocks.iter().zip(&FILTERS).enumerate() {
        for index in 0..blocks {
            let name = format!("conv{}_block{}", stage + 2, index + 1);
            let stride = if index == blocks - 1 { STRIDES[stage] } else { 1 };
            let shortcut = match (index, stride) {
                (0, _) => Shortcut::Convolution,
                (_, 1) => Shortcut::Identity,
                _ => Shortcut::EverySecond,
            };
            block(stack, &name, filters, stride, shortcut)?;
        }
    } // [H / 32, W / 32, 2048]
    stack.push("post_bn", Op::BatchNorm(NORM))?;
    stack.push("post_relu", RELU)
}

/// What a block's output is added to.
#[derive(Clone, Copy)]
enum Shortcut {
    /// Its input.
    Identity,
    /// A 1×1 convolution of its normed input.
    Convolution,
    /// Every second row and column of its input, which Keras takes by a pool of one value.
    EverySecond,
}

fn block(stack: &mut Stack, name: &str, filters: usize, stride: usize, shortcut: Shortcut) -> Result<()> {
    let part = |part: &str| format!("{name}_{part}");
    let input = stack.top();
    let wide = filters * WIDENING;
    stack.push(part("preact_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("preact_relu"), RELU)?;
    let normed = stack.top();
    let beside = match shortcut {
        Shortcut::Identity => input,
        Shortcut::Convolution => {
            stack.push(part("0_conv"), Op::Conv2d(Conv2d::new(wide, 1).stride(stride)))?;
            stack.top()
        }
        Shortcut::EverySecond => {
            stack.go_back_to(input);
            stack.push_numbered("max_pooling2d", Op::MaxPool(Pool::new(1).stride(2)))?;
            stack.top()
        }
    };
    stack.push_on(normed, part("1_conv"), Op::Conv2d(Conv2d::new(filters, 1).no_bias()))?;
    stack.push(part("1_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("1_relu"), RELU)?;
    stack.push(part("2_pad"), Op::ZeroPad([1; 4]))?;
    stack.push(part("2_conv"), Op::Conv2d(Conv2d::new(filters, 3).stride(stride).no_bias()))?;
    stack.push(part("2_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("2_relu"), RELU)?;
    stack.push(part("3_conv"), Op::Conv2d(Conv2d::new(wide, 1)))?;
    stack.push_sum(part("out"), beside)
}

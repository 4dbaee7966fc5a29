//! MobileNet (Howard et al. 2017, arXiv:1704.04861), layer for layer and name for name as
//! `keras.applications.MobileNet`.
//!
//! A block is a depthwise 3×3 convolution and a 1×1 one, each with batch norm and ReLU6.
//!
//! PyTorch's are other networks, so that there are no names for their weights: timm's
//! `mobilenetv1_100` pads evenly where it steps by two, and its norms add 1e-5.

use graph::{Activation, BatchNorm, Conv2d, DepthwiseConv2d, Op, Result, Shape};

use crate::stack::Stack;
use crate::width::decimal;
use crate::{Architecture, InputScaling, Options};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "mobilenet",
    title: "MobileNet",
    description: "Small, straight and quick; its width can be chosen.",
    paper: "Howard et al. 2017, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, \
            arXiv:1704.04861",
    alphas: 0.1..=4.0,
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top1: Some(0.704),
    top: Some(|stack, _, classes| push_top(stack, classes)),
    base,
    last_of_base: &["conv_pw_13_relu"],
    blocks: &[
        ("conv_dw_1", "conv_dw_1"),
        ("conv_dw_2", "conv_pad_2"),
        ("conv_dw_4", "conv_pad_4"),
        ("conv_dw_6", "conv_pad_6"),
        ("conv_dw_12", "conv_pad_12"),
    ],
    ..Architecture::COMMON
}];

/// Blocks of the same number of filters; only the first of them steps by `stride`.
struct Stage {
    repeats: usize,
    filters: usize,
    stride: usize,
}

const STAGES: [Stage; 5] = [
    Stage { repeats: 1, filters: 64, stride: 1 },
    Stage { repeats: 2, filters: 128, stride: 2 },
    Stage { repeats: 2, filters: 256, stride: 2 },
    Stage { repeats: 6, filters: 512, stride: 2 },
    Stage { repeats: 2, filters: 1024, stride: 2 },
];
const STEM_FILTERS: usize = 32;
const DROPOUT: f32 = 1e-3;
const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1e-3, scale: true, center: true };

fn base(stack: &mut Stack, options: &Options) -> Result<()> {
    // The fraction is dropped, as Keras does.
    let narrowed = |filters: usize| (filters as f64 * decimal(options.alpha)) as usize;
    let stem = Conv2d::new(narrowed(STEM_FILTERS), 3).stride(2).same().no_bias();
    stack.push("conv1", Op::Conv2d(stem))?; // [H / 2, W / 2, 32]
    stack.push_norm_relu6(("conv1_bn".into(), &NORM), "conv1_relu".into())?;
    let mut number = 0;
    for stage in &STAGES {
        for repeat in 0..stage.repeats {
            number += 1;
            block(stack, number, narrowed(stage.filters), if repeat == 0 { stage.stride } else { 1 })?;
        }
    } // [H / 32, W / 32, 1024]
    Ok(())
}

fn block(stack: &mut Stack, number: usize, filters: usize, stride: usize) -> Result<()> {
    let depthwise = DepthwiseConv2d::new(3).stride(stride).no_bias();
    let name = format!("conv_dw_{number}");
    if stride == 1 {
        stack.push(&*name, Op::DepthwiseConv2d(depthwise.same()))?;
    } else {
        stack.push(format!("conv_pad_{number}"), Op::ZeroPad([0, 1, 0, 1]))?;
        stack.push(&*name, Op::DepthwiseConv2d(depthwise))?; // [h / 2, w / 2, channels]
    }
    stack.push_norm_relu6((format!("{name}_bn"), &NORM), format!("{name}_relu"))?;
    let name = format!("conv_pw_{number}");
    stack.push(&*name, Op::Conv2d(Conv2d::new(filters, 1).same().no_bias()))?; // [h, w, filters]
    stack.push_norm_relu6((format!("{name}_bn"), &NORM), format!("{name}_relu"))
}

fn push_top(stack: &mut Stack, classes: usize) -> Result<()> {
    stack.push("global_average_pooling2d", Op::GlobalAveragePool { keepdims: true })?; // [1, 1, 1024]
    stack.push("dropout", Op::Dropout(DROPOUT))?;
    stack.push("conv_preds", Op::Conv2d(Conv2d::new(classes, 1).same()))?; // [1, 1, classes]
    stack.push("reshape_2", Op::Reshape(Shape::from([classes])))?; // [classes]
    stack.push("predictions", Op::Activation(Activation::Softmax))
}

//! MobileNetV2 (Sandler et al. 2018), layer for layer and name for name as `keras.applications.MobileNetV2`.
//!
//! An inverted residual block is a 1×1 expansion, a depthwise 3×3 and a linear 1×1 projection, with a shortcut where
//! shapes allow.
//!
//! PyTorch's are other networks, so that there are no names for their weights: torchvision's and
//! timm's pad evenly where they step by two, and their norms add 1e-5.

use graph::{BatchNorm, Conv2d, DepthwiseConv2d, Op, Result};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::width::{decimal, round_to_eight};
use crate::{Architecture, InputScaling, Options};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "mobilenet_v2",
    title: "MobileNetV2",
    description: "Small and well known; its width can be chosen, and Keras's own weights for it can be loaded.",
    paper: "Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381",
    alphas: 0.1..=4.0,
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top1: Some(0.713),
    top: Some(|stack, _, classes| push_average_top(stack, "global_average_pooling2d", None, classes)),
    base,
    last_of_base: &["out_relu"],
    blocks: &[
        ("expanded_conv", "expanded_conv_"),
        ("block_1", "block_1_"),
        ("block_3", "block_3_"),
        ("block_6", "block_6_"),
        ("block_10", "block_10_"),
        ("block_13", "block_13_"),
        ("block_16", "block_16_"),
    ],
    ..Architecture::COMMON
}];

/// Blocks of the same number of filters; only the first of them steps by `stride`.
struct Stage {
    repeats: usize,
    filters: usize,
    stride: usize,
}

const STAGES: [Stage; 7] = [
    Stage { repeats: 1, filters: 16, stride: 1 },
    Stage { repeats: 2, filters: 24, stride: 2 },
    Stage { repeats: 3, filters: 32, stride: 2 },
    Stage { repeats: 4, filters: 64, stride: 2 },
    Stage { repeats: 3, filters: 96, stride: 1 },
    Stage { repeats: 3, filters: 160, stride: 2 },
    Stage { repeats: 1, filters: 320, stride: 1 },
];
const STEM_FILTERS: f64 = 32.0;
const LAST_FILTERS: f64 = 1280.0;
const EXPANSION: usize = 6;
const NORM: BatchNorm = BatchNorm { momentum: 0.999, epsilon: 1e-3, scale: true, center: true };

fn base(stack: &mut Stack, options: &Options) -> Result<()> {
    let alpha = decimal(options.alpha);
    let stem = Conv2d::new(round_to_eight(STEM_FILTERS * alpha), 3).stride(2).same().no_bias();
    stack.push("Conv1", Op::Conv2d(stem))?; // [H / 2, W / 2, 32]
    stack.push_norm_relu6(("bn_Conv1".into(), &NORM), "Conv1_relu".into())?;

    let mut index = 0;
    for stage in &STAGES {
        // The fraction is dropped before rounding to eight, as Keras does.
        let filters = round_to_eight((stage.filters as f64 * alpha).trunc());
        for repeat in 0..stage.repeats {
            block(stack, index, filters, if repeat == 0 { stage.stride } else { 1 })?;
            index += 1;
        }
    } // [H / 32, W / 32, 320]

    // A narrow network keeps all of its last layer's channels.
    let last = Conv2d::new(round_to_eight(LAST_FILTERS * alpha.max(1.0)), 1).no_bias();
    stack.push("Conv_1", Op::Conv2d(last))?; // [H / 32, W / 32, 1280]
    stack.push_norm_relu6(("Conv_1_bn".into(), &NORM), "out_relu".into())
}

fn block(stack: &mut Stack, index: usize, filters: usize, stride: usize) -> Result<()> {
    let prefix = if index == 0 { "expanded_conv".to_string() } else { format!("block_{index}") };
    let name = |part: &str| format!("{prefix}_{part}");
    let (input, channels) = (stack.top(), stack.channels());
    if index > 0 {
        stack.push(name("expand"), Op::Conv2d(Conv2d::new(channels * EXPANSION, 1).same().no_bias()))?;
        stack.push_norm_relu6((name("expand_BN"), &NORM), name("expand_relu"))?;
    }
    let depthwise = DepthwiseConv2d::new(3).stride(stride).no_bias();
    if stride == 2 {
        stack.push_pad_for_stride_two(name("pad"), 3)?;
        stack.push(name("depthwise"), Op::DepthwiseConv2d(depthwise))?;
    } else {
        stack.push(name("depthwise"), Op::DepthwiseConv2d(depthwise.same()))?;
    }
    stack.push_norm_relu6((name("depthwise_BN"), &NORM), name("depthwise_relu"))?;
    stack.push(name("project"), Op::Conv2d(Conv2d::new(filters, 1).same().no_bias()))?;
    stack.push(name("project_BN"), Op::BatchNorm(NORM))?;
    if stride == 1 && channels == filters {
        stack.push_sum(name("add"), input)?;
    }
    Ok(())
}

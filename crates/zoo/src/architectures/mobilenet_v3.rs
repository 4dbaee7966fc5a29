//! MobileNetV3 (Howard et al. 2019, arXiv:1905.02244), layer for layer and name for name as
//! `keras.applications.MobileNetV3Small` and `…Large`.
//!
//! MobileNetV2's inverted residual block, with squeeze-and-excitation (a factor a channel, from the channels' means)
//! before the projection of some, and hard swish for ReLU in the later ones.

use Squeeze::{With, Without};
use graph::Activation::{self, HardSwish, Relu};
use graph::{BatchNorm, Conv2d, DepthwiseConv2d, Op, Result};

use crate::stack::Stack;
use crate::width::{decimal, round_to_eight};
use crate::{Architecture, InputScaling, Options, torch_names};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "mobilenet_v3_small",
        title: "MobileNetV3 Small",
        description: "Made for phones: a fifth of MobileNetV2's arithmetic, a little less accurate.",
        top1: Some(0.681),
        base: |stack, options| base(stack, options, &SMALL),
        top: Some(|stack, options, classes| push_top(stack, options.alpha, 1024, classes)),
        torch_names: &[|parameter| tensor_name(&SMALL, parameter)],
        last_of_base: &["activation_17"],
        blocks: &[
            ("expanded_conv", "expanded_conv_"),
            ("expanded_conv_1", "expanded_conv_1_"),
            ("expanded_conv_3", "expanded_conv_3_"),
            ("expanded_conv_8", "expanded_conv_8_"),
        ],
        ..SHARED
    },
    Architecture {
        name: "mobilenet_v3_large",
        title: "MobileNetV3 Large",
        description: "Made for phones: less arithmetic than MobileNetV2, and more accurate.",
        top1: Some(0.756),
        base: |stack, options| base(stack, options, &LARGE),
        top: Some(|stack, options, classes| push_top(stack, options.alpha, 1280, classes)),
        torch_names: &[|parameter| tensor_name(&LARGE, parameter)],
        last_of_base: &["activation_19"],
        blocks: &[
            ("expanded_conv", "expanded_conv_"),
            ("expanded_conv_1", "expanded_conv_1_"),
            ("expanded_conv_3", "expanded_conv_3_"),
            ("expanded_conv_6", "expanded_conv_6_"),
            ("expanded_conv_12", "expanded_conv_12_"),
        ],
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
    alphas: 0.1..=4.0,
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    last_of_base: &[],
    ..Architecture::COMMON
};

/// A row of the paper's tables 1 and 2.
struct Block {
    kernel: usize,
    /// How many times the block's own channels lie between expansion and projection.
    expansion: f64,
    filters: usize,
    squeeze: Squeeze,
    activation: Activation,
    stride: usize,
}

/// Whether a block has squeeze-and-excitation.
#[derive(Clone, Copy, PartialEq)]
enum Squeeze {
    Without,
    With,
}

const fn block(
    kernel: usize,
    expansion: f64,
    filters: usize,
    squeeze: Squeeze,
    activation: Activation,
    stride: usize,
) -> Block {
    Block { kernel, expansion, filters, squeeze, activation, stride }
}

const SMALL: [Block; 11] = [
    block(3, 1.0, 16, With, Relu, 2),
    block(3, 72.0 / 16.0, 24, Without, Relu, 2),
    block(3, 88.0 / 24.0, 24, Without, Relu, 1),
    block(5, 4.0, 40, With, HardSwish, 2),
    block(5, 6.0, 40, With, HardSwish, 1),
    block(5, 6.0, 40, With, HardSwish, 1),
    block(5, 3.0, 48, With, HardSwish, 1),
    block(5, 3.0, 48, With, HardSwish, 1),
    block(5, 6.0, 96, With, HardSwish, 2),
    block(5, 6.0, 96, With, HardSwish, 1),
    block(5, 6.0, 96, With, HardSwish, 1),
];

const LARGE: [Block; 15] = [
    block(3, 1.0, 16, Without, Relu, 1),
    block(3, 4.0, 24, Without, Relu, 2),
    block(3, 3.0, 24, Without, Relu, 1),
    block(5, 3.0, 40, With, Relu, 2),
    block(5, 3.0, 40, With, Relu, 1),
    block(5, 3.0, 40, With, Relu, 1),
    block(3, 6.0, 80, Without, HardSwish, 2),
    block(3, 2.5, 80, Without, HardSwish, 1),
    block(3, 2.3, 80, Without, HardSwish, 1),
    block(3, 2.3, 80, Without, HardSwish, 1),
    block(3, 6.0, 112, With, HardSwish, 1),
    block(3, 6.0, 112, With, HardSwish, 1),
    block(5, 6.0, 160, With, HardSwish, 2),
    block(5, 6.0, 160, With, HardSwish, 1),
    block(5, 6.0, 160, With, HardSwish, 1),
];

const STEM_FILTERS: usize = 16;
const LAST_EXPANSION: f64 = 6.0;
/// The share of a block's channels that squeeze-and-excitation has in between.
const SQUEEZE_RATIO: f64 = 0.25;
const DROPOUT: f32 = 0.2;
const NORM: BatchNorm = BatchNorm { momentum: 0.999, epsilon: 1e-3, scale: true, center: true };

fn base(stack: &mut Stack, options: &Options, blocks: &[Block]) -> Result<()> {
    let alpha = decimal(options.alpha);
    let stem = Conv2d::new(STEM_FILTERS, 3).stride(2).same().no_bias();
    stack.push("conv", Op::Conv2d(stem))?; // [H / 2, W / 2, 16]
    push_norm(stack, "conv_bn", HardSwish)?;
    for (index, block) in blocks.iter().enumerate() {
        push_block(stack, index, block, round_to_eight(block.filters as f64 * alpha))?;
    } // [H / 32, W / 32, 96 or 160]
    let filters = round_to_eight(stack.channels() as f64 * LAST_EXPANSION);
    stack.push("conv_1", Op::Conv2d(Conv2d::new(filters, 1).same().no_bias()))?;
    push_norm(stack, "conv_1_bn", HardSwish) // [H / 32, W / 32, 576 or 960]
}

fn push_block(stack: &mut Stack, index: usize, block: &Block, filters: usize) -> Result<()> {
    let prefix = if index == 0 { "expanded_conv".to_string() } else { format!("expanded_conv_{index}") };
    let name = |part: &str| format!("{prefix}_{part}");
    let (input, channels) = (stack.top(), stack.channels());
    let wide = round_to_eight(channels as f64 * block.expansion);
    if index > 0 {
        stack.push(name("expand"), Op::Conv2d(Conv2d::new(wide, 1).same().no_bias()))?;
        push_norm(stack, name("expand_bn"), block.activation)?;
    }
    let depthwise = DepthwiseConv2d::new(block.kernel).stride(block.stride).no_bias();
    if block.stride == 2 {
        stack.push_pad_for_stride_two(name("depthwise_pad"), block.kernel)?;
        stack.push(name("depthwise"), Op::DepthwiseConv2d(depthwise))?;
    } else {
        stack.push(name("depthwise"), Op::DepthwiseConv2d(depthwise.same()))?;
    }
    push_norm(stack, name("depthwise_bn"), block.activation)?;
    if block.squeeze == With {
        push_squeeze(stack, name, wide)?;
    }
    stack.push(name("project"), Op::Conv2d(Conv2d::new(filters, 1).same().no_bias()))?;
    stack.push(name("project_bn"), Op::BatchNorm(NORM))?;
    if block.stride == 1 && channels == filters {
        stack.push_sum(name("add"), input)?;
    }
    Ok(())
}

/// Squeeze-and-excitation (Hu et al. 2017): each of the `channels` times a factor that their means give.
fn push_squeeze(stack: &mut Stack, name: impl Fn(&str) -> String, channels: usize) -> Result<()> {
    let input = stack.top();
    let squeezed = round_to_eight(channels as f64 * SQUEEZE_RATIO);
    stack.push(name("squeeze_excite_avg_pool"), Op::GlobalAveragePool { keepdims: true })?; // [1, 1, channels]
    stack.push(name("squeeze_excite_conv"), Op::Conv2d(Conv2d::new(squeezed, 1).same()))?;
    stack.push(name("squeeze_excite_relu"), Op::Activation(Relu))?;
    stack.push(name("squeeze_excite_conv_1"), Op::Conv2d(Conv2d::new(channels, 1).same()))?; // [1, 1, channels]
    // Keras writes it as `ReLU(6)(x + 3) * (1 / 6)`, of which the ReLU alone is a layer and has a name.
    stack.push_numbered("re_lu", Op::Activation(Activation::HardSigmoid))?;
    stack.push_product(name("squeeze_excite_mul"), input) // [h, w, channels]
}

/// The published classifier: two 1×1 convolutions of the channels' means, with so many `features` between them.
fn push_top(stack: &mut Stack, alpha: f32, features: usize, classes: usize) -> Result<()> {
    // A narrow network keeps all of its last layer's channels.
    let features = if alpha > 1.0 { round_to_eight(features as f64 * decimal(alpha)) } else { features };
    stack.push("global_average_pooling2d", Op::GlobalAveragePool { keepdims: true })?;
    stack.push("conv_2", Op::Conv2d(Conv2d::new(features, 1).same()))?; // [1, 1, features]
    push_activation(stack, HardSwish)?;
    stack.push("dropout", Op::Dropout(DROPOUT))?;
    stack.push("logits", Op::Conv2d(Conv2d::new(classes, 1).same()))?; // [1, 1, classes]
    stack.push("flatten", Op::Flatten)?; // [classes]
    stack.push("predictions", Op::Activation(Activation::Softmax))
}

fn push_norm(stack: &mut Stack, name: impl Into<String>, activation: Activation) -> Result<()> {
    stack.push(name, Op::BatchNorm(NORM))?;
    push_activation(stack, activation)
}

fn push_activation(stack: &mut Stack, activation: Activation) -> Result<()> {
    // Keras has a class of its own for ReLU.
    let name = if activation == Relu { "re_lu" } else { "activation" };
    stack.push_numbered(name, Op::Activation(activation))
}

/// The tensor of timm's `tf_mobilenetv3_small_100` and `…large_100` that holds `parameter`. torchvision's networks are
/// others: they pad evenly where they step by two.
fn tensor_name(blocks: &[Block], parameter: &str) -> Option<String> {
    torch_names::tensor_name(parameter, |layer| {
        let last = torch_stage(blocks, blocks.len() - 1)?.0 + 1;
        Some(match layer {
            "conv" => "conv_stem".into(),
            "conv_bn" => "bn1".into(),
            "conv_1" => format!("blocks.{}.0.conv", last),
            "conv_1_bn" => format!("blocks.{}.0.bn1", last),
            "conv_2" => "conv_head".into(),
            "logits" => "classifier".into(),
            _ => {
                let rest = layer.strip_prefix("expanded_conv_")?;
                let numbered =
                    rest.split_once('_').and_then(|(index, part)| Some((index.parse().ok()?, part)));
                let (index, part) = numbered.unwrap_or((0, rest));
                let (stage, block) = torch_stage(blocks, index)?;
                format!("blocks.{stage}.{block}.{}", torch_part(index, part)?)
            }
        })
    })
}

/// timm counts blocks within stages; a stage begins where the number of filters changes.
fn torch_stage(blocks: &[Block], index: usize) -> Option<(usize, usize)> {
    let before = blocks.get(..=index)?;
    let mut begins = (1..=index).filter(|&i| before[i - 1].filters != before[i].filters);
    Some((begins.clone().count(), index - begins.next_back().unwrap_or(0)))
}

/// timm's name for a part of a block; the first block has no expansion.
fn torch_part(index: usize, part: &str) -> Option<&'static str> {
    Some(match (part, index) {
        ("squeeze_excite_conv", _) => "se.conv_reduce",
        ("squeeze_excite_conv_1", _) => "se.conv_expand",
        ("depthwise", _) => "conv_dw",
        ("depthwise_bn", 0) => "bn1",
        ("project", 0) => "conv_pw",
        ("project_bn", 0) => "bn2",
        ("expand", 1..) => "conv_pw",
        ("expand_bn", 1..) => "bn1",
        ("depthwise_bn", 1..) => "bn2",
        ("project", 1..) => "conv_pwl",
        ("project_bn", 1..) => "bn3",
        _ => return None,
    })
}

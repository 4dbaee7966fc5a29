//! ConvNeXt (Liu et al. 2022, arXiv:2201.03545), layer for layer and name for name as `keras.applications.ConvNeXtTiny`.
//!
//! A block is `y = x + gamma · W₂ gelu(W₁ norm(depthwise(x)))`, its depthwise 7×7 written as a convolution of as many
//! groups as channels. The layers inside Keras's `Sequential` stem and downsamplings stand here by themselves.
//!
//! What a classifier reads is normed after pooling. In Keras that norm stands behind the pooling with
//! `include_top=False` too, so it belongs to what the network was published with: features and new heads have it here,
//! under the name that it has in the published classifier, so that its weights are found.

use graph::{Activation, Conv2d, Dense, LayerNorm, Op, Result};

use crate::stack::Stack;
use crate::{Architecture, HeadPooling, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "convnext_tiny",
        title: "ConvNeXtTiny",
        description: "A ResNet brought up to the design of transformers: accurate, and slow on a CPU.",
        top1: Some(0.813),
        top: Some(|stack, _, classes| push_top(stack, "convnext_tiny_head", classes)),
        head_pooling: HeadPooling::Normed { name: "convnext_tiny_head_layernorm", norm: NORM },
        base: |stack, _| base(stack, "convnext_tiny", [3, 3, 9, 3]),
        last_of_base: &["add_17"],
        ..SHARED
    },
    Architecture {
        name: "convnext_small",
        title: "ConvNeXtSmall",
        description: "ConvNeXtTiny with twice its depth.",
        top1: Some(0.823),
        top: Some(|stack, _, classes| push_top(stack, "convnext_small_head", classes)),
        head_pooling: HeadPooling::Normed { name: "convnext_small_head_layernorm", norm: NORM },
        base: |stack, _| base(stack, "convnext_small", [3, 3, 27, 3]),
        last_of_base: &["add_35"],
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Liu et al. 2022, A ConvNet for the 2020s, arXiv:2201.03545",
    scaling: InputScaling::Torch,
    last_of_base: &[],
    ..Architecture::COMMON
};

/// How many blocks each of the four stages has.
type Blocks = [usize; 4];

const FILTERS: [usize; 4] = [96, 192, 384, 768];
const WIDENING: usize = 4;
const SCALE_AT_START: f32 = 1e-6;
const NORM: LayerNorm = LayerNorm { epsilon: 1e-6, scale: true, center: true };

fn base(stack: &mut Stack, name: &str, blocks: Blocks) -> Result<()> {
    for (stage, (&blocks, &filters)) in blocks.iter().zip(&FILTERS).enumerate() {
        match stage.checked_sub(1) {
            None => {
                stack.push(format!("{name}_stem_conv"), Op::Conv2d(Conv2d::new(filters, 4).stride(4)))?;
                stack.push(format!("{name}_stem_layernorm"), Op::LayerNorm(NORM))?; // [H / 4, W / 4, 96]
            }
            Some(index) => {
                let conv = Conv2d::new(filters, 2).stride(2);
                stack.push(format!("{name}_downsampling_layernorm_{index}"), Op::LayerNorm(NORM))?;
                stack.push(format!("{name}_downsampling_conv_{index}"), Op::Conv2d(conv))?;
            }
        }
        for index in 0..blocks {
            block(stack, &format!("{name}_stage_{stage}_block_{index}"))?;
        }
    } // [H / 32, W / 32, 768]
    Ok(())
}

fn block(stack: &mut Stack, name: &str) -> Result<()> {
    let part = |part: &str| format!("{name}_{part}");
    let (input, channels) = (stack.top(), stack.channels());
    let depthwise = Conv2d { groups: channels, ..Conv2d::new(channels, 7).same() };
    stack.push(part("depthwise_conv"), Op::Conv2d(depthwise))?;
    stack.push(part("layernorm"), Op::LayerNorm(NORM))?;
    stack.push(part("pointwise_conv_1"), Op::Dense(Dense::new(WIDENING * channels)))?;
    stack.push(part("gelu"), Op::Activation(Activation::Gelu))?;
    stack.push(part("pointwise_conv_2"), Op::Dense(Dense::new(channels)))?;
    stack.push(part("layer_scale"), Op::LayerScale { start: SCALE_AT_START })?;
    // Where Keras has a stochastic depth of rate 0.
    stack.push(part("identity"), Op::Activation(Activation::Linear))?;
    let sum = stack.number("add");
    stack.push_sum(sum, input)
}

/// Mean of each channel, norm, dense layer; names begin with `name`.
fn push_top(stack: &mut Stack, name: &str, classes: usize) -> Result<()> {
    stack.push(format!("{name}_gap"), Op::GlobalAveragePool { keepdims: false })?; // [768]
    stack.push(format!("{name}_layernorm"), Op::LayerNorm(NORM))?;
    let dense = Dense::new(classes).activation(Activation::Softmax);
    stack.push(format!("{name}_dense"), Op::Dense(dense)) // [classes]
}

//! ConvNeXt (Liu et al. 2022, arXiv:2201.03545), layer for layer and name for name as
//! `keras.applications.ConvNeXtTiny`.
//!
//! A block is `y = x + gamma · W₂ gelu(W₁ norm(depthwise(x)))`, its depthwise 7×7 written as a convolution of as many
//! groups as channels. The layers inside Keras's `Sequential` stem and downsamplings stand here by themselves.
//!
//! What a classifier reads is normed after pooling. In Keras that norm stands behind the pooling with
//! `include_top=False` too, so it belongs to what the network was published with: features and new heads have it here,
//! under the name that it has in the published classifier, so that its weights are found.

use graph::{Activation, Conv2d, Dense, LayerNorm, Op, Result};

use crate::stack::Stack;
use crate::{Architecture, HeadPooling, InputScaling, torch_names};

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
        blocks: &[
            ("stage_0", "convnext_tiny_stage_0"),
            ("stage_1", "convnext_tiny_downsampling_layernorm_0"),
            ("stage_2", "convnext_tiny_downsampling_layernorm_1"),
            ("stage_3", "convnext_tiny_downsampling_layernorm_2"),
        ],
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
        blocks: &[
            ("stage_0", "convnext_small_stage_0"),
            ("stage_1", "convnext_small_downsampling_layernorm_0"),
            ("stage_2", "convnext_small_downsampling_layernorm_1"),
            ("stage_3", "convnext_small_downsampling_layernorm_2"),
        ],
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Liu et al. 2022, A ConvNet for the 2020s, arXiv:2201.03545",
    scaling: InputScaling::Torch,
    torch_names: &[torchvision_name, timm_name],
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

/// Where a layer stands in the network.
#[derive(Debug, Clone, Copy)]
enum Place<'a> {
    /// Before the blocks of a stage, the `step`th of two: the stem's convolution and norm,
    /// later a norm and a convolution.
    Before { stage: usize, step: usize },
    /// In a block.
    Block { stage: usize, block: usize, part: &'a str },
    /// Behind the pooling.
    Head(&'a str),
}

impl<'a> Place<'a> {
    /// Of a layer called as `convnext_tiny_stage_0_block_2_layernorm`.
    fn of(layer: &'a str) -> Option<Self> {
        let (_, layer) = layer.strip_prefix("convnext_")?.split_once('_')?;
        Some(match layer {
            "stem_conv" => Self::Before { stage: 0, step: 0 },
            "stem_layernorm" => Self::Before { stage: 0, step: 1 },
            _ => {
                if let Some(part) = layer.strip_prefix("head_") {
                    return Some(Self::Head(part));
                }
                if let Some(part) = layer.strip_prefix("downsampling_") {
                    let (step, number) = match part.strip_prefix("conv_") {
                        Some(number) => (1, number),
                        None => (0, part.strip_prefix("layernorm_")?),
                    };
                    return Some(Self::Before { stage: number.parse::<usize>().ok()?.checked_add(1)?, step });
                }
                let (stage, rest) = layer.strip_prefix("stage_")?.split_once("_block_")?;
                let (block, part) = rest.split_once('_')?;
                Self::Block { stage: stage.parse().ok()?, block: block.parse().ok()?, part }
            }
        })
    }
}

/// The tensor that holds `parameter`, where `layer_name` knows its layer's place.
fn tensor_name(parameter: &str, layer_name: fn(Place<'_>) -> Option<String>) -> Option<String> {
    let name = torch_names::tensor_name(parameter, |layer| layer_name(Place::of(layer)?))?;
    // A layer of Keras, in PyTorch a tensor of the block's own.
    match parameter.ends_with("_layer_scale/gamma") {
        true => name.strip_suffix(".weight").map(String::from),
        false => Some(name),
    }
}

/// The tensor of torchvision's model that holds `parameter`: `convnext_tiny_stage_1_block_2_layernorm/gamma` is in
/// `features.3.2.block.2.weight`.
fn torchvision_name(parameter: &str) -> Option<String> {
    tensor_name(parameter, |place| {
        Some(match place {
            Place::Before { stage, step } => format!("features.{}.{step}", 2 * stage),
            Place::Block { stage, block, part } => {
                let part = match part {
                    "depthwise_conv" => "block.0",
                    "layernorm" => "block.2",
                    "pointwise_conv_1" => "block.3",
                    "pointwise_conv_2" => "block.5",
                    "layer_scale" => "layer_scale",
                    _ => return None,
                };
                format!("features.{}.{block}.{part}", 2 * stage + 1)
            }
            Place::Head("layernorm") => "classifier.0".into(),
            Place::Head("dense") => "classifier.2".into(),
            Place::Head(_) => return None,
        })
    })
}

/// The tensor of timm's model that holds `parameter`: `convnext_tiny_stage_1_block_2_layernorm/gamma` is in
/// `stages.1.blocks.2.norm.weight`.
fn timm_name(parameter: &str) -> Option<String> {
    tensor_name(parameter, |place| {
        Some(match place {
            Place::Before { stage: 0, step } => format!("stem.{step}"),
            Place::Before { stage, step } => format!("stages.{stage}.downsample.{step}"),
            Place::Block { stage, block, part } => {
                let part = match part {
                    "depthwise_conv" => "conv_dw",
                    "layernorm" => "norm",
                    "pointwise_conv_1" => "mlp.fc1",
                    "pointwise_conv_2" => "mlp.fc2",
                    "layer_scale" => "gamma",
                    _ => return None,
                };
                format!("stages.{stage}.blocks.{block}.{part}")
            }
            Place::Head("layernorm") => "head.norm".into(),
            Place::Head("dense") => "head.fc".into(),
            Place::Head(_) => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_not_published_has_no_tensor() {
        for name in [
            "head_dense/kernel",
            "convnext_tiny_head_gap/kernel",
            "convnext_tiny_downsampling_gelu_0/kernel",
            "convnext_tiny_downsampling_conv_x/kernel",
            "convnext_tiny_stage_0_block_0_gelu/kernel",
            "convnext_tiny_stage_0_block_0_layer_scale/mean",
        ] {
            assert_eq!([torchvision_name(name), timm_name(name)], [None, None], "{name}");
        }
        let factor = "convnext_small_stage_2_block_26_layer_scale/gamma";
        assert_eq!(torchvision_name(factor).as_deref(), Some("features.5.26.layer_scale"));
        assert_eq!(timm_name(factor).as_deref(), Some("stages.2.blocks.26.gamma"));
    }
}

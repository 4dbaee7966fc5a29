//! InceptionResNetV2 (Szegedy et al. 2016, arXiv:1602.07261), layer for layer and name for name as
//! `keras.applications.InceptionResNetV2`.
//!
//! An Inception module is the residual of a block: `y = relu(x + scale · conv1×1(branches(x)))`. The scale, 0.1 to 0.2,
//! keeps the training of so many filters stable.

use graph::{Activation, BatchNorm, Conv2d, Op, Result};

use crate::inception::{Layer, STEM, conv, halve, push_branches, push_layers};
use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling, Options, torch_names};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "inception_resnet_v2",
    title: "InceptionResNetV2",
    description: "Inception's branches with ResNet's shortcuts: large, slow and accurate.",
    paper: "Szegedy et al. 2016, Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning, \
            arXiv:1602.07261",
    default_input: [299, 299, 3],
    minimum_size: 75,
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top1: Some(0.803),
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    torch_names: &[tensor_name],
    base,
    last_of_base: &["conv_7b_ac"],
    // The first convolution of the module that the block is called after.
    blocks: &[("mixed_5b", "conv2d_5"), ("mixed_6a", "conv2d_72"), ("mixed_7a", "conv2d_156")],
    ..Architecture::COMMON
}];

type Branches = &'static [&'static [Layer]];

/// A module that gives a stage its size, and the residual blocks on it.
struct Stage {
    mixed: &'static str,
    mixed_branches: Branches,
    block: &'static str,
    block_branches: Branches,
    repeats: usize,
    scale: f32,
}

const STAGES: [Stage; 3] = [
    // [35, 35, 320]: the paper's figure 16
    Stage {
        mixed: "mixed_5b",
        mixed_branches: &[
            &[conv(96, [1, 1])],
            &[conv(48, [1, 1]), conv(64, [5, 5])],
            &[conv(64, [1, 1]), conv(96, [3, 3]), conv(96, [3, 3])],
            &[Layer::AveragePool, conv(64, [1, 1])],
        ],
        block: "block35",
        block_branches: &[
            &[conv(32, [1, 1])],
            &[conv(32, [1, 1]), conv(32, [3, 3])],
            &[conv(32, [1, 1]), conv(48, [3, 3]), conv(64, [3, 3])],
        ],
        repeats: 10,
        scale: 0.17,
    },
    // [17, 17, 1088]: figures 7 and 17
    Stage {
        mixed: "mixed_6a",
        mixed_branches: &[
            &[halve(384)],
            &[conv(256, [1, 1]), conv(256, [3, 3]), halve(384)],
            &[Layer::MaxPool],
        ],
        block: "block17",
        block_branches: &[&[conv(192, [1, 1])], &[conv(128, [1, 1]), conv(160, [1, 7]), conv(192, [7, 1])]],
        repeats: 20,
        scale: 0.1,
    },
    // [8, 8, 2080]: figures 18 and 19
    Stage {
        mixed: "mixed_7a",
        mixed_branches: &[
            &[conv(256, [1, 1]), halve(384)],
            &[conv(256, [1, 1]), halve(288)],
            &[conv(256, [1, 1]), conv(288, [3, 3]), halve(320)],
            &[Layer::MaxPool],
        ],
        block: "block8",
        block_branches: &[&[conv(192, [1, 1])], &[conv(192, [1, 1]), conv(224, [1, 3]), conv(256, [3, 1])]],
        repeats: 10,
        scale: 0.2,
    },
];
const LAST_FILTERS: usize = 1536;
const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1e-3, scale: false, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

fn base(stack: &mut Stack, _: &Options) -> Result<()> {
    push_layers(stack, &STEM)?; // [35, 35, 192]
    for (index, stage) in STAGES.iter().enumerate() {
        push_branches(stack, stage.mixed, stage.mixed_branches)?;
        for repeat in 1..=stage.repeats {
            let name = format!("{}_{repeat}", stage.block);
            // The very last block is neither scaled down nor rectified.
            if index == STAGES.len() - 1 && repeat == stage.repeats {
                residual(stack, &name, stage.block_branches, 1.0)?;
            } else {
                residual(stack, &name, stage.block_branches, stage.scale)?;
                stack.push(format!("{name}_ac"), RELU)?;
            }
        }
    } // [8, 8, 2080]
    stack.push("conv_7b", Op::Conv2d(Conv2d::new(LAST_FILTERS, 1).same().no_bias()))?; // [8, 8, 1536]
    stack.push("conv_7b_bn", Op::BatchNorm(NORM))?;
    stack.push("conv_7b_ac", RELU)
}

/// `x + scale · conv1×1(branches(x))`
fn residual(stack: &mut Stack, name: &str, branches: Branches, scale: f32) -> Result<()> {
    let (input, channels) = (stack.top(), stack.channels());
    push_branches(stack, format!("{name}_mixed"), branches)?;
    stack.push(format!("{name}_conv"), Op::Conv2d(Conv2d::new(channels, 1).same()))?; // [h, w, channels]
    let sum = stack.number("custom_scale_layer");
    stack.push_scaled_sum(sum, input, scale)
}

/// timm's names of the convolutions of [`STEM`].
const TIMM_STEM: [&str; 5] = ["conv2d_1a", "conv2d_2a", "conv2d_2b", "conv2d_3b", "conv2d_4a"];
/// timm's names of each stage's blocks.
const TIMM_BLOCKS: [&str; STAGES.len()] = ["repeat", "repeat_1", "repeat_2"];

/// The tensor of timm's model that holds `parameter`: `conv2d_12/kernel` is in `repeat.0.branch0.conv.weight`. Its
/// norms have factors beside, which are all one in what is published.
fn tensor_name(parameter: &str) -> Option<String> {
    torch_names::tensor_name(parameter, |layer| {
        Some(match layer {
            "conv_7b" => "conv2d_7b.conv".into(),
            "conv_7b_bn" => "conv2d_7b.bn".into(),
            "predictions" => "classif".into(),
            _ => match layer.strip_prefix("block") {
                Some(rest) => {
                    let (stage, repeat) = rest.strip_suffix("_conv")?.split_once('_')?;
                    let stage =
                        STAGES.iter().position(|known| known.block.strip_prefix("block") == Some(stage))?;
                    format!("{}.conv2d", timm_block(stage, repeat.parse().ok()?)?)
                }
                None => match layer.strip_prefix("conv2d") {
                    Some(number) => format!("{}.conv", timm_convolutions().nth(place(number)?)?),
                    None => {
                        let number = layer.strip_prefix("batch_normalization")?;
                        format!("{}.bn", timm_convolutions().nth(place(number)?)?)
                    }
                },
            },
        })
    })
}

/// How many of its kind are before a layer without a name of its own: none where it is not numbered, one before `_1`.
fn place(number: &str) -> Option<usize> {
    match number {
        "" => Some(0),
        _ => number.strip_prefix('_')?.parse().ok(),
    }
}

/// timm's name for block `repeat` of a stage, counted from 1; the very last one has a name of its own.
fn timm_block(stage: usize, repeat: usize) -> Option<String> {
    let repeats = STAGES.get(stage)?.repeats;
    match repeat {
        _ if !(1..=repeats).contains(&repeat) => None,
        _ if stage == STAGES.len() - 1 && repeat == repeats => Some("block8".into()),
        _ => Some(format!("{}.{}", TIMM_BLOCKS[stage], repeat - 1)),
    }
}

/// timm's names of the convolutions that have none here, in our order.
fn timm_convolutions() -> impl Iterator<Item = String> {
    let of_stages = STAGES.iter().enumerate().flat_map(|(index, stage)| {
        let blocks = (1..=stage.repeats).filter_map(move |repeat| timm_block(index, repeat));
        let of_blocks = blocks.flat_map(|block| timm_branches(&block, stage.block_branches));
        timm_branches(stage.mixed, stage.mixed_branches).into_iter().chain(of_blocks)
    });
    TIMM_STEM.into_iter().map(String::from).chain(of_stages)
}

/// timm's names of the convolutions of a module: those of a branch are numbered with its pools, a single one is not.
fn timm_branches(module: &str, branches: Branches) -> Vec<String> {
    let of_branch = |(index, layers): (usize, &&[Layer])| -> Vec<String> {
        let name = |place: usize| match layers.len() {
            1 => format!("{module}.branch{index}"),
            _ => format!("{module}.branch{index}.{place}"),
        };
        let is_convolution = |place: &usize| matches!(layers[*place], Layer::Conv { .. });
        (0..layers.len()).filter(is_convolution).map(name).collect()
    };
    branches.iter().enumerate().flat_map(of_branch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_layers_are_found_in_their_modules() {
        for (name, tensor) in [
            ("conv2d/kernel", "conv2d_1a.conv.weight"),
            ("batch_normalization_4/beta", "conv2d_4a.bn.bias"),
            ("conv2d_5/kernel", "mixed_5b.branch0.conv.weight"),
            ("conv2d_11/kernel", "mixed_5b.branch3.1.conv.weight"),
            ("conv2d_12/kernel", "repeat.0.branch0.conv.weight"),
            ("block35_10_conv/bias", "repeat.9.conv2d.bias"),
            ("block8_9_conv/bias", "repeat_2.8.conv2d.bias"),
            ("block8_10_conv/bias", "block8.conv2d.bias"),
        ] {
            assert_eq!(tensor_name(name).as_deref(), Some(tensor), "{name}");
        }
        for name in [
            "head_dense/kernel",
            "conv2d_203/kernel",
            "conv2d_x/kernel",
            "block35_0_conv/kernel",
            "block35_11_conv/kernel",
            "block9_1_conv/kernel",
            "block8_1_ac/kernel",
        ] {
            assert_eq!(tensor_name(name), None, "{name}");
        }
    }
}

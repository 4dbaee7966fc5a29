//! InceptionResNetV2 (Szegedy et al. 2016, arXiv:1602.07261), layer for layer and name for name as
//! `keras.applications.InceptionResNetV2`.
//!
//! An Inception module is the residual of a block: `y = relu(x + scale · conv1×1(branches(x)))`. The scale, 0.1 to 0.2,
//! keeps the training of so many filters stable.

use graph::{Activation, BatchNorm, Conv2d, Op, Result};

use crate::inception::{Layer, STEM, conv, halve, push_branches, push_layers};
use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling, Options};

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
    base,
    last_of_base: &["conv_7b_ac"],
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
        block_branches: &[
            &[conv(192, [1, 1])],
            &[conv(128, [1, 1]), conv(160, [1, 7]), conv(192, [7, 1])],
        ],
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
        block_branches: &[
            &[conv(192, [1, 1])],
            &[conv(192, [1, 1]), conv(224, [1, 3]), conv(256, [3, 1])],
        ],
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

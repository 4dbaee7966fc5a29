//! DenseNet (Huang et al. 2016, arXiv:1608.06993), layer for layer and name for name as
//! `keras.applications.DenseNet121`.
//!
//! Every block reads what all blocks of its stage before it gave, and puts 32 channels beside it:
//! `y = [x, conv3x3(relu(norm(conv1x1(relu(norm(x))))))]`. Between stages a transition halves channels and extents.

use graph::{Activation, BatchNorm, Conv2d, Op, Pool, Result};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling, torch_names};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "densenet121",
        title: "DenseNet121",
        description: "Few weights for its accuracy, but much memory: every block keeps what those before it gave.",
        top1: Some(0.750),
        base: |stack, _| base(stack, [6, 12, 24, 16]),
        ..SHARED
    },
    Architecture {
        name: "densenet169",
        title: "DenseNet169",
        description: "DenseNet121 with deeper last stages.",
        top1: Some(0.762),
        base: |stack, _| base(stack, [6, 12, 32, 32]),
        ..SHARED
    },
    Architecture {
        name: "densenet201",
        title: "DenseNet201",
        description: "DenseNet169 with a third stage half as deep again.",
        top1: Some(0.773),
        base: |stack, _| base(stack, [6, 12, 48, 32]),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Huang et al. 2016, Densely Connected Convolutional Networks, arXiv:1608.06993",
    scaling: InputScaling::Torch,
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    torch_names: &[|parameter| tensor_name(parameter, ""), |parameter| tensor_name(parameter, ".")],
    last_of_base: &["relu"],
    blocks: &[("conv2", "conv2_"), ("conv3", "conv3_"), ("conv4", "conv4_"), ("conv5", "conv5_")],
    ..Architecture::COMMON
};

/// How many blocks each of the four stages has.
type Blocks = [usize; 4];

const STEM_FILTERS: usize = 64;
/// Channels that a block adds.
const GROWTH: usize = 32;
/// Of a block's narrow convolution.
const NARROW_FILTERS: usize = 4 * GROWTH;
const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1.001e-5, scale: true, center: true };

fn base(stack: &mut Stack, blocks: Blocks) -> Result<()> {
    stack.push_numbered("zero_padding2d", Op::ZeroPad([3; 4]))?;
    stack.push("conv1_conv", Op::Conv2d(Conv2d::new(STEM_FILTERS, 7).stride(2).no_bias()))?; // [H / 2, W / 2, 64]
    push_norm_relu(stack, "conv1_")?;
    stack.push_numbered("zero_padding2d", Op::ZeroPad([1; 4]))?;
    stack.push("pool1", Op::MaxPool(Pool::new(3).stride(2)))?; // [H / 4, W / 4, 64]
    for (stage, &blocks) in blocks.iter().enumerate() {
        if stage > 0 {
            transition(stack, &format!("pool{}", stage + 1))?; // [h / 2, w / 2, channels / 2]
        }
        for index in 0..blocks {
            block(stack, &format!("conv{}_block{}", stage + 2, index + 1))?; // [h, w, channels + 32]
        }
    } // [H / 32, W / 32, features]
    push_norm_relu(stack, "")
}

fn block(stack: &mut Stack, name: &str) -> Result<()> {
    let input = stack.top();
    push_norm_relu(stack, &format!("{name}_0_"))?;
    stack.push(format!("{name}_1_conv"), Op::Conv2d(Conv2d::new(NARROW_FILTERS, 1).no_bias()))?; // [h, w, 128]
    push_norm_relu(stack, &format!("{name}_1_"))?;
    stack.push(format!("{name}_2_conv"), Op::Conv2d(Conv2d::new(GROWTH, 3).same().no_bias()))?; // [h, w, 32]
    stack.push_concat(format!("{name}_concat"), &[input, stack.top()])
}

fn transition(stack: &mut Stack, name: &str) -> Result<()> {
    push_norm_relu(stack, &format!("{name}_"))?;
    let half = stack.channels() / 2;
    stack.push(format!("{name}_conv"), Op::Conv2d(Conv2d::new(half, 1).no_bias()))?;
    stack.push(format!("{name}_pool"), Op::AveragePool(Pool::new(2)))
}

fn push_norm_relu(stack: &mut Stack, prefix: &str) -> Result<()> {
    stack.push(format!("{prefix}bn"), Op::BatchNorm(NORM))?;
    stack.push(format!("{prefix}relu"), Op::Activation(Activation::Relu))
}

/// The tensor of torchvision's and timm's models that holds `parameter`: `conv2_block1_0_bn/gamma` is in
/// `features.denseblock1.denselayer1.norm1.weight`.
///
/// torchvision's files still have the names of its first version, with a `dot` in a block's parts: `norm.1`. Its norms
/// add 1e-5 where Keras's add 1.001e-5, which is nothing beside a variance: what they give is as near as float32 comes.
fn tensor_name(parameter: &str, dot: &str) -> Option<String> {
    torch_names::tensor_name(parameter, |layer| {
        Some(match layer {
            "conv1_conv" => "features.conv0".into(),
            "conv1_bn" => "features.norm0".into(),
            "bn" => "features.norm5".into(),
            "predictions" => "classifier".into(),
            _ => match torch_names::block_part(layer) {
                Some((stage, block, part)) => {
                    let part = match part {
                        "0_bn" => format!("norm{dot}1"),
                        "1_conv" => format!("conv{dot}1"),
                        "1_bn" => format!("norm{dot}2"),
                        "2_conv" => format!("conv{dot}2"),
                        _ => return None,
                    };
                    format!("features.denseblock{}.denselayer{block}.{part}", stage - 1)
                }
                None => {
                    let (stage, part) = layer.strip_prefix("pool")?.split_once('_')?;
                    let part = match part {
                        "bn" => "norm",
                        "conv" => "conv",
                        _ => return None,
                    };
                    format!("features.transition{}.{part}", stage.parse::<usize>().ok()?.checked_sub(1)?)
                }
            },
        })
    })
}

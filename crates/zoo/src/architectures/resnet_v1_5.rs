//! ResNet v1.5 (He et al. 2015, arXiv:1512.03385, as Torch and torchvision build it):
//! a block steps in its 3×3 convolution.
//!
//! Keras's ResNets step in the 1×1 before it, and their convolutions have biases: weights of one network do not fit the
//! other, though their shapes do. ResNeXt is this network with the 3×3 convolutions cut into groups. Keras has neither;
//! layers are called as in its ResNets, and padding, norm and start are torchvision's.

use graph::{Activation, BatchNorm, Conv2d, Initializer, Op, Pool, Result};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, HeadPooling, InputScaling, torch_names};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "resnet50_v1_5",
        title: "ResNet50 v1.5",
        description: "The ResNet50 of torchvision and timm, for those who have its weights.",
        top1: Some(0.761),
        base: |stack, _| base(stack, &Network { blocks: [3, 4, 6, 3], ..PLAIN }),
        ..SHARED
    },
    Architecture {
        name: "resnet101_v1_5",
        title: "ResNet101 v1.5",
        description: "The ResNet101 of torchvision and timm.",
        top1: Some(0.774),
        base: |stack, _| base(stack, &Network { blocks: [3, 4, 23, 3], ..PLAIN }),
        ..SHARED
    },
    Architecture {
        name: "resnet152_v1_5",
        title: "ResNet152 v1.5",
        description: "The ResNet152 of torchvision and timm.",
        top1: Some(0.783),
        base: |stack, _| base(stack, &Network { blocks: [3, 8, 36, 3], ..PLAIN }),
        ..SHARED
    },
];

/// What the members of the family share, and those of ResNeXt.
pub(super) const SHARED: Architecture = Architecture {
    name: "",
    title: "",
    description: "",
    paper: "He et al. 2015, Deep Residual Learning for Image Recognition, arXiv:1512.03385",
    default_input: [224, 224, 3],
    minimum_size: 32,
    alphas: 1.0..=1.0,
    scaling: InputScaling::Torch,
    top1: None,
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    head_pooling: HeadPooling::Average,
    torch_names: &[tensor_name],
    base: |_, _| Ok(()),
    last_of_base: &["conv5_block3_out"],
    blocks: &[("conv2", "conv2_"), ("conv3", "conv3_"), ("conv4", "conv4_"), ("conv5", "conv5_")],
};

/// One network of the kind.
pub(super) struct Network {
    /// How many blocks each of the four stages has.
    pub(super) blocks: [usize; 4],
    /// Into how many groups the 3×3 convolutions are cut.
    pub(super) groups: usize,
    /// Channels of a group in the first stage.
    pub(super) group_width: usize,
}

/// A ResNet: all channels are one group.
const PLAIN: Network = Network { blocks: [0; 4], groups: 1, group_width: 64 };

const STEM_FILTERS: usize = 64;
/// Of a block's output in the first stage; each stage has twice the filters of the one before.
const WIDE_FILTERS: usize = 256;
/// Kaiming's by outgoing connections, but truncated.
const INITIALIZER: Initializer = Initializer::FanOutNormal(2.0);
const NORM: BatchNorm = BatchNorm { momentum: 0.9, epsilon: 1e-5, scale: true, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

/// Puts the base on `stack`.
pub(super) fn base(stack: &mut Stack, network: &Network) -> Result<()> {
    stack.push("conv1_pad", Op::ZeroPad([3; 4]))?;
    stack.push("conv1_conv", Op::Conv2d(conv(STEM_FILTERS, 7).stride(2)))?; // [H / 2, W / 2, 64]
    stack.push("conv1_bn", Op::BatchNorm(NORM))?;
    stack.push("conv1_relu", RELU)?;
    stack.push("pool1_pad", Op::ZeroPad([1; 4]))?;
    stack.push("pool1_pool", Op::MaxPool(Pool::new(3).stride(2)))?; // [H / 4, W / 4, 64]
    for (stage, &blocks) in network.blocks.iter().enumerate() {
        let narrow = (network.groups * network.group_width) << stage;
        let middle = Conv2d { groups: network.groups, ..conv(narrow, 3) };
        for index in 0..blocks {
            let name = format!("conv{}_block{}", stage + 2, index + 1);
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            block(stack, &name, middle.clone().stride(stride), WIDE_FILTERS << stage)?;
        }
    } // [H / 32, W / 32, 2048]
    Ok(())
}

/// A block around its 3×3 convolution `middle`, that ends in `wide` channels.
fn block(stack: &mut Stack, name: &str, middle: Conv2d, wide: usize) -> Result<()> {
    let part = |part: &str| format!("{name}_{part}");
    let input = stack.top();
    if stack.channels() != wide {
        stack.push(part("0_conv"), Op::Conv2d(conv(wide, 1).stride(middle.stride[0])))?;
        stack.push(part("0_bn"), Op::BatchNorm(NORM))?;
    }
    let beside = stack.top();
    stack.push_on(input, part("1_conv"), Op::Conv2d(conv(middle.filters, 1)))?;
    stack.push(part("1_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("1_relu"), RELU)?;
    if middle.stride == [1; 2] {
        stack.push(part("2_conv"), Op::Conv2d(middle.same()))?;
    } else {
        // Zeros on both sides, where "same" would have none in front of an even extent.
        stack.push(part("2_pad"), Op::ZeroPad([1; 4]))?;
        stack.push(part("2_conv"), Op::Conv2d(middle))?;
    }
    stack.push(part("2_bn"), Op::BatchNorm(NORM))?;
    stack.push(part("2_relu"), RELU)?;
    stack.push(part("3_conv"), Op::Conv2d(conv(wide, 1)))?;
    stack.push(part("3_bn"), Op::BatchNorm(NORM))?;
    stack.push_sum(part("add"), beside)?;
    stack.push(part("out"), RELU)
}

fn conv(filters: usize, kernel: usize) -> Conv2d {
    Conv2d::new(filters, kernel).no_bias().initializer(INITIALIZER)
}

/// The tensor of torchvision's and timm's models that holds `parameter`: `conv2_block1_0_bn/gamma` is in
/// `layer1.0.downsample.1.weight`.
fn tensor_name(parameter: &str) -> Option<String> {
    torch_names::tensor_name(parameter, |layer| match layer {
        "conv1_conv" => Some("conv1".into()),
        "conv1_bn" => Some("bn1".into()),
        "predictions" => Some("fc".into()),
        _ => {
            let (stage, block, part) = torch_names::block_part(layer)?;
            let part = match part {
                "0_conv" => "downsample.0",
                "0_bn" => "downsample.1",
                "1_conv" => "conv1",
                "1_bn" => "bn1",
                "2_conv" => "conv2",
                "2_bn" => "bn2",
                "3_conv" => "conv3",
                "3_bn" => "bn3",
                _ => return None,
            };
            Some(format!("layer{}.{}.{part}", stage - 1, block - 1))
        }
    })
}

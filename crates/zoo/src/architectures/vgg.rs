//! VGG (Simonyan & Zisserman 2014, arXiv:1409.1556), layer for layer and name for name as `keras.applications.VGG16`.
//!
//! Five blocks of 3×3 convolutions with ReLU, each ending in a max pool, and a classifier with two hidden layers. Most
//! of its weights are the first hidden layer's; with a new head they are not there.

use graph::{Activation, Conv2d, Dense, Op, Pool, Result};

use crate::stack::Stack;
use crate::{Architecture, InputScaling, torch_names};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "vgg16",
        title: "VGG16",
        description: "Nothing but 3×3 convolutions, and slow for it: for those who have its weights or its features.",
        top1: Some(0.713),
        torch_names: &[
            |parameter| tensor_name(&VGG16, TORCHVISION, parameter),
            |parameter| tensor_name(&VGG16, TIMM, parameter),
        ],
        base: |stack, _| base(stack, &VGG16),
        ..SHARED
    },
    Architecture {
        name: "vgg19",
        title: "VGG19",
        description: "VGG16 with three convolutions more.",
        top1: Some(0.713),
        torch_names: &[
            |parameter| tensor_name(&VGG19, TORCHVISION, parameter),
            |parameter| tensor_name(&VGG19, TIMM, parameter),
        ],
        base: |stack, _| base(stack, &VGG19),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Simonyan & Zisserman 2014, Very Deep Convolutional Networks for Large-Scale Image Recognition, \
            arXiv:1409.1556",
    scaling: InputScaling::Caffe,
    top: Some(|stack, _, classes| push_top(stack, classes)),
    last_of_base: &["block5_pool"],
    blocks: &[("block2", "block2_"), ("block3", "block3_"), ("block4", "block4_"), ("block5", "block5_")],
    ..Architecture::COMMON
};

/// How many convolutions each block has.
type Convolutions = [usize; 5];

const VGG16: Convolutions = [2, 2, 3, 3, 3];
const VGG19: Convolutions = [2, 2, 4, 4, 4];
/// Of the convolutions in each block.
const FILTERS: [usize; 5] = [64, 128, 256, 512, 512];
const HIDDEN_UNITS: usize = 4096;

fn base(stack: &mut Stack, convolutions: &Convolutions) -> Result<()> {
    for (index, (&count, &filters)) in convolutions.iter().zip(&FILTERS).enumerate() {
        let block = format!("block{}", index + 1);
        let conv = Conv2d::new(filters, 3).same().activation(Activation::Relu);
        for number in 1..=count {
            stack.push(format!("{block}_conv{number}"), Op::Conv2d(conv.clone()))?; // [h, w, filters]
        }
        stack.push(format!("{block}_pool"), Op::MaxPool(Pool::new(2)))?; // [h / 2, w / 2, filters]
    } // [H / 32, W / 32, 512]
    Ok(())
}

fn push_top(stack: &mut Stack, classes: usize) -> Result<()> {
    let dense = |units, activation| Op::Dense(Dense::new(units).activation(activation));
    stack.push("flatten", Op::Flatten)?; // [H / 32 · W / 32 · 512]
    stack.push("fc1", dense(HIDDEN_UNITS, Activation::Relu))?; // [4096]
    stack.push("fc2", dense(HIDDEN_UNITS, Activation::Relu))?; // [4096]
    stack.push("predictions", dense(classes, Activation::Softmax)) // [classes]
}

/// The names of the three dense layers.
type DenseNames = [&'static str; 3];

const TORCHVISION: DenseNames = ["classifier.0", "classifier.3", "classifier.6"];
/// The first two are convolutions there, the first over the 7×7 map that a picture of 224×224 gives: with pictures of
/// another size, timm's network is another one.
const TIMM: DenseNames = ["pre_logits.fc1", "pre_logits.fc2", "head.fc"];

/// The tensor of torchvision's or timm's model that holds `parameter`: `block1_conv2/kernel` is in `features.2.weight`.
/// These weights read pictures that are scaled in PyTorch's way: see [`Architecture::torch_scaling`].
fn tensor_name(convolutions: &Convolutions, dense: DenseNames, parameter: &str) -> Option<String> {
    torch_names::tensor_name(parameter, |layer| {
        if let Some(place) = ["fc1", "fc2", "predictions"].iter().position(|name| *name == layer) {
            return Some(dense[place].into());
        }
        let (block, number) = layer.strip_prefix("block")?.split_once("_conv")?;
        let (block, number) = (block.parse::<usize>().ok()?, number.parse::<usize>().ok()?);
        let (&count, earlier) = convolutions.get(..block)?.split_last()?;
        // A convolution and its ReLU take a place each, and so does the pool at a block's end.
        let places: usize = earlier.iter().map(|count| 2 * count + 1).sum();
        (1..=count).contains(&number).then(|| format!("features.{}", places + 2 * (number - 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_torchvision_has_not_has_no_tensor() {
        for name in ["block0_conv1/kernel", "block1_conv3/kernel", "block1_conv0/kernel", "block6_conv1/bias"]
        {
            assert_eq!(tensor_name(&VGG16, TORCHVISION, name), None, "{name}");
        }
        assert_eq!(tensor_name(&VGG16, TORCHVISION, "block3_conv4/kernel"), None);
        assert_eq!(
            tensor_name(&VGG19, TORCHVISION, "block3_conv4/kernel").as_deref(),
            Some("features.16.weight")
        );
        assert_eq!(tensor_name(&VGG16, TORCHVISION, "head_dense/kernel"), None);
        assert_eq!(tensor_name(&VGG16, TIMM, "fc2/bias").as_deref(), Some("pre_logits.fc2.bias"));
    }
}

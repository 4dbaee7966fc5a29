//! EfficientNet (Tan & Le 2019, arXiv:1905.11946), layer for layer and name for name as
//! `keras.applications.EfficientNetB0` to `B7`: one table of stages, made wider, deeper and for larger pictures.
//!
//! Keras's scaling inside the model, `(x / 255 − mean) / √deviation / √deviation` in three layers, is one layer here.
//!
//! In PyTorch it is timm's `tf_efficientnet_b0` and so on, whose AdvProp weights (`ap`) want pictures of -1 to 1. Those
//! of torchvision are other networks, which pad evenly where they step by two.

use graph::{Conv2d, Op, Result};

use crate::efficientnet_stages::{self, NORM, Scaling, blocks, deepened};
use crate::efficientnet_timm_names::{EFFICIENTNET, timm_name};
use crate::mbconv::{Block, Depthwise, KERNEL, conv, drop_rate, push_norm_swish, push_top};
use crate::stack::Stack;
use crate::width::round_to_eight;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "efficientnet_b0",
        title: "EfficientNetB0",
        description: "Much accuracy for little arithmetic; the smallest of its family.",
        default_input: [224, 224, 3],
        top1: Some(0.771),
        top: Some(|stack, _, classes| push_top(stack, 0.2, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.0, depth: 1.0 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b1",
        title: "EfficientNetB1",
        description: "EfficientNetB0, deeper by a tenth.",
        default_input: [240, 240, 3],
        top1: Some(0.791),
        top: Some(|stack, _, classes| push_top(stack, 0.2, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.0, depth: 1.1 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b2",
        title: "EfficientNetB2",
        description: "EfficientNetB0, wider by a tenth and deeper by a fifth.",
        default_input: [260, 260, 3],
        top1: Some(0.801),
        top: Some(|stack, _, classes| push_top(stack, 0.3, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.1, depth: 1.2 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b3",
        title: "EfficientNetB3",
        description: "As accurate as far larger networks, for pictures of 300 × 300.",
        default_input: [300, 300, 3],
        top1: Some(0.816),
        top: Some(|stack, _, classes| push_top(stack, 0.3, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.2, depth: 1.4 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b4",
        title: "EfficientNetB4",
        description: "For pictures of 380 × 380; slow on a CPU.",
        default_input: [380, 380, 3],
        top1: Some(0.829),
        top: Some(|stack, _, classes| push_top(stack, 0.4, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.4, depth: 1.8 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b5",
        title: "EfficientNetB5",
        description: "For pictures of 456 × 456; very slow on a CPU.",
        default_input: [456, 456, 3],
        top1: Some(0.836),
        top: Some(|stack, _, classes| push_top(stack, 0.4, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.6, depth: 2.2 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b6",
        title: "EfficientNetB6",
        description: "For pictures of 528 × 528; very slow on a CPU.",
        default_input: [528, 528, 3],
        top1: Some(0.840),
        top: Some(|stack, _, classes| push_top(stack, 0.5, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.8, depth: 2.6 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_b7",
        title: "EfficientNetB7",
        description: "The most accurate of its family, for pictures of 600 × 600; very slow on a CPU.",
        default_input: [600, 600, 3],
        top1: Some(0.843),
        top: Some(|stack, _, classes| push_top(stack, 0.5, classes)),
        base: |stack, _| base(stack, &Scaling { width: 2.0, depth: 3.1 }),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Tan & Le 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, arXiv:1905.11946",
    scaling: InputScaling::Torch,
    // Of `tf_efficientnet_b0` to `b7`.
    torch_names: &[|parameter| timm_name(&EFFICIENTNET, parameter)],
    last_of_base: &["top_activation"],
    blocks: efficientnet_stages::BLOCKS,
    ..Architecture::COMMON
};

const STEM_FILTERS: f64 = 32.0;
const LAST_FILTERS: f64 = 1280.0;

fn base(stack: &mut Stack, scaling: &Scaling) -> Result<()> {
    let width = scaling.width;
    let stem = Conv2d::new(round_to_eight(STEM_FILTERS * width), 3).stride(2).no_bias().initializer(KERNEL);
    stack.push_pad_for_stride_two("stem_conv_pad", 3)?;
    stack.push("stem_conv", Op::Conv2d(stem))?; // [H / 2, W / 2, 32 · width]
    push_norm_swish(stack, "stem", &NORM)?;
    let count = blocks(|stage| deepened(stage, scaling)).count();
    for (index, (name, stage, stride)) in blocks(|stage| deepened(stage, scaling)).enumerate() {
        let block = Block {
            name: &format!("block{name}_"),
            kernel: stage.kernel,
            stride,
            expansion: stage.expansion,
            filters: round_to_eight(stage.filters as f64 * width),
            drop_rate: drop_rate(index, count),
            norm: &NORM,
        };
        block.push(stack, Depthwise::PaddedApart)?;
    } // [H / 32, W / 32, 320 · width]
    stack.push("top_conv", Op::Conv2d(conv(round_to_eight(LAST_FILTERS * width), 1)))?; // [.., 1280 · width]
    push_norm_swish(stack, "top", &NORM)
}

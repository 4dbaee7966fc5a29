//! EfficientNetV2 (Tan & Le 2021, arXiv:2104.00298), layer for layer and name for name as
//! `keras.applications.EfficientNetV2B0` to `B3` and `EfficientNetV2S`.
//!
//! The first stages are fused: one 3×3 convolution for the expansion and the depthwise one. As in Keras, B0 to B3 read
//! `(x / 255 − mean) / deviation` and S reads `x / 128 − 1`.
//!
//! In PyTorch they are timm's `tf_efficientnetv2_b0` and so on; for S, timm gives `x / 127.5 − 1`. torchvision's
//! `efficientnet_v2_s` is another network, which pads evenly where it steps by two.

use graph::{Activation, BatchNorm, Op, Result};

use crate::efficientnet_timm_names::{EFFICIENTNET_V2, timm_name};
use crate::mbconv::{Block, Depthwise, conv, drop_rate, push_norm_swish, push_top};
use crate::stack::Stack;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "efficientnet_v2_b0",
        title: "EfficientNetV2B0",
        description: "A little more accurate than EfficientNetB0, and quicker to train.",
        default_input: [224, 224, 3],
        top1: Some(0.787),
        base: |stack, _| base(stack, &B, &Scaling { width: 1.0, depth: 1.0 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_v2_b1",
        title: "EfficientNetV2B1",
        description: "EfficientNetV2B0, deeper by a tenth.",
        default_input: [240, 240, 3],
        top1: Some(0.798),
        base: |stack, _| base(stack, &B, &Scaling { width: 1.0, depth: 1.1 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_v2_b2",
        title: "EfficientNetV2B2",
        description: "EfficientNetV2B0, wider by a tenth and deeper by a fifth.",
        default_input: [260, 260, 3],
        top1: Some(0.805),
        base: |stack, _| base(stack, &B, &Scaling { width: 1.1, depth: 1.2 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_v2_b3",
        title: "EfficientNetV2B3",
        description: "EfficientNetV2B0, wider by a fifth and deeper by two, for pictures of 300 × 300.",
        default_input: [300, 300, 3],
        top1: Some(0.820),
        base: |stack, _| base(stack, &B, &Scaling { width: 1.2, depth: 1.4 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_v2_s",
        title: "EfficientNetV2S",
        description: "Accurate, for pictures of 384 × 384; slow on a CPU.",
        default_input: [384, 384, 3],
        scaling: InputScaling::Rescaling { scale: 1.0 / 128.0, offset: -1.0 },
        top1: Some(0.839),
        base: |stack, _| base(stack, &S, &Scaling { width: 1.0, depth: 1.0 }),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Tan & Le 2021, EfficientNetV2: Smaller Models and Faster Training, arXiv:2104.00298",
    scaling: InputScaling::Torch,
    top: Some(|stack, _, classes| push_top(stack, 0.2, classes)),
    // Of `tf_efficientnetv2_b0` to `b3` and `tf_efficientnetv2_s`.
    torch_names: &[|parameter| timm_name(&EFFICIENTNET_V2, parameter)],
    last_of_base: &["top_activation"],
    blocks: &[
        ("block1", "block1"),
        ("block2", "block2"),
        ("block3", "block3"),
        ("block4", "block4"),
        ("block5", "block5"),
        ("block6", "block6"),
    ],
    ..Architecture::COMMON
};

/// How many times as wide and deep as the table.
struct Scaling {
    width: f64,
    depth: f64,
}

/// What the blocks of a stage are made of.
#[derive(PartialEq)]
enum Kind {
    /// One convolution for expansion and depthwise; no squeeze-and-excitation.
    Fused,
    /// Expansion, depthwise convolution, squeeze-and-excitation, projection.
    Separate,
}
use Kind::{Fused, Separate};

/// Blocks of the same number of filters, with kernels of 3×3; only the first of them steps by `stride`.
struct Stage {
    kind: Kind,
    repeats: usize,
    stride: usize,
    expansion: usize,
    filters: usize,
}

/// The stages, and how many filters the stem has.
struct Table {
    stem: usize,
    stages: [Stage; 6],
}

const B: Table = Table {
    stem: 32,
    stages: [
        Stage { kind: Fused, repeats: 1, stride: 1, expansion: 1, filters: 16 },
        Stage { kind: Fused, repeats: 2, stride: 2, expansion: 4, filters: 32 },
        Stage { kind: Fused, repeats: 2, stride: 2, expansion: 4, filters: 48 },
        Stage { kind: Separate, repeats: 3, stride: 2, expansion: 4, filters: 96 },
        Stage { kind: Separate, repeats: 5, stride: 1, expansion: 6, filters: 112 },
        Stage { kind: Separate, repeats: 8, stride: 2, expansion: 6, filters: 192 },
    ],
};
const S: Table = Table {
    stem: 24,
    stages: [
        Stage { kind: Fused, repeats: 2, stride: 1, expansion: 1, filters: 24 },
        Stage { kind: Fused, repeats: 4, stride: 2, expansion: 4, filters: 48 },
        Stage { kind: Fused, repeats: 4, stride: 2, expansion: 4, filters: 64 },
        Stage { kind: Separate, repeats: 6, stride: 2, expansion: 4, filters: 128 },
        Stage { kind: Separate, repeats: 9, stride: 1, expansion: 6, filters: 160 },
        Stage { kind: Separate, repeats: 15, stride: 2, expansion: 6, filters: 256 },
    ],
};
const KERNEL: usize = 3;
const LAST_FILTERS: usize = 1280;
const NORM: BatchNorm = BatchNorm { momentum: 0.9, epsilon: 1e-3, scale: true, center: true };
const SWISH: Op = Op::Activation(Activation::Swish);

fn base(stack: &mut Stack, table: &Table, scaling: &Scaling) -> Result<()> {
    let filters = |published| rounded(published, scaling.width);
    stack.push("stem_conv", Op::Conv2d(conv(filters(table.stem), KERNEL).stride(2)))?; // [H / 2, W / 2, stem]
    push_norm_swish(stack, "stem", &NORM)?;
    // As Keras counts: the blocks before they are deepened.
    let published = table.stages.iter().map(|stage| stage.repeats).sum();
    let mut index = 0;
    for (number, stage) in table.stages.iter().enumerate() {
        for repeat in 0..(stage.repeats as f64 * scaling.depth).ceil() as usize {
            let letter = char::from(b'a' + repeat as u8);
            let block = Block {
                name: &format!("block{}{letter}_", number + 1),
                kernel: KERNEL,
                stride: if repeat == 0 { stage.stride } else { 1 },
                expansion: stage.expansion,
                filters: filters(stage.filters),
                drop_rate: drop_rate(index, published),
                norm: &NORM,
            };
            match stage.kind {
                Fused => push_fused(stack, &block)?,
                Separate => block.push(stack, Depthwise::Same)?,
            }
            index += 1;
        }
    } // [H / 32, W / 32, filters]
    stack.push("top_conv", Op::Conv2d(conv(filters(LAST_FILTERS), 1)))?; // [H / 32, W / 32, 1280 · width]
    push_norm_swish(stack, "top", &NORM)
}

/// `y = x + drop(project(expand(x)))`; without an expansion the projection has its kernel and its activation.
fn push_fused(stack: &mut Stack, block: &Block) -> Result<()> {
    let (input, channels) = (stack.top(), stack.channels());
    if block.expansion == 1 {
        let conv = conv(block.filters, block.kernel).stride(block.stride);
        stack.push(block.part("project_conv"), Op::Conv2d(conv))?;
        block.push_norm(stack, "project_bn")?;
        stack.push(block.part("project_activation"), SWISH)?;
    } else {
        let expand = conv(channels * block.expansion, block.kernel).stride(block.stride);
        stack.push(block.part("expand_conv"), Op::Conv2d(expand))?;
        block.push_norm(stack, "expand_bn")?;
        stack.push(block.part("expand_activation"), SWISH)?;
        stack.push(block.part("project_conv"), Op::Conv2d(conv(block.filters, 1)))?;
        block.push_norm(stack, "project_bn")?;
    }
    block.push_shortcut(stack, input, channels)
}

/// The nearest multiple of 8, which may be more than a tenth less.
fn rounded(filters: usize, width: f64) -> usize {
    ((filters as f64 * width + 4.0) as usize / 8 * 8).max(8)
}

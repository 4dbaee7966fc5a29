//! InceptionV3 (Szegedy et al. 2015, arXiv:1512.00567), layer for layer and name for name as
//! `keras.applications.InceptionV3`.
//!
//! A module lays the outputs of a few branches side by side. Large convolutions are factorized: a 5×5 into two 3×3, a
//! 7×7 into a 1×7 and a 7×1.
//!
//! PyTorch's are other networks, so that there are no names for their weights: average pools of
//! torchvision's and timm's count the zeros around a map.

use graph::Result;

use crate::inception::{Layer, STEM, conv, halve, push_branches, push_layers};
use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling, Options};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "inception_v3",
    title: "InceptionV3",
    description: "Branches of several views side by side; more accurate than ResNet50, made for larger pictures.",
    paper: "Szegedy et al. 2015, Rethinking the Inception Architecture for Computer Vision, arXiv:1512.00567",
    default_input: [299, 299, 3],
    minimum_size: 75,
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top1: Some(0.779),
    top: Some(|stack, _, classes| push_average_top(stack, "avg_pool", None, classes)),
    base,
    last_of_base: &["mixed10"],
    // The first convolution of the module that the block is called after.
    blocks: &[("mixed0", "conv2d_5"), ("mixed3", "conv2d_26"), ("mixed8", "conv2d_70")],
    ..Architecture::COMMON
}];

/// One of the modules `mixed0` to `mixed10`, after the sides of the map that it gives at 299 × 299.
enum Module {
    /// The paper's figure 5; its last branch has so many filters.
    To35 { pooled: usize },
    /// 35 × 35 to 17 × 17 (figure 10).
    Halve35,
    /// The paper's figure 6; between its 7×7 convolutions lie so many filters.
    To17 { narrow: usize },
    /// 17 × 17 to 8 × 8.
    Halve17,
    /// The paper's figure 7; the first of its forks has this name.
    To8 { fork: &'static str },
}

const MODULES: [Module; 11] = [
    Module::To35 { pooled: 32 }, // [35, 35, 256]
    Module::To35 { pooled: 64 }, // [35, 35, 288]
    Module::To35 { pooled: 64 },
    Module::Halve35,              // [17, 17, 768]
    Module::To17 { narrow: 128 }, // [17, 17, 768]
    Module::To17 { narrow: 160 },
    Module::To17 { narrow: 160 },
    Module::To17 { narrow: 192 },
    Module::Halve17,                  // [8, 8, 1280]
    Module::To8 { fork: "mixed9_0" }, // [8, 8, 2048]
    Module::To8 { fork: "mixed9_1" },
];

impl Module {
    fn branches(&self) -> Vec<Vec<Layer>> {
        use Layer::{AveragePool, Fork, MaxPool};
        match *self {
            Self::To35 { pooled } => vec![
                vec![conv(64, [1, 1])],
                vec![conv(48, [1, 1]), conv(64, [5, 5])],
                vec![conv(64, [1, 1]), conv(96, [3, 3]), conv(96, [3, 3])],
                vec![AveragePool, conv(pooled, [1, 1])],
            ],
            Self::Halve35 => {
                vec![vec![halve(384)], vec![conv(64, [1, 1]), conv(96, [3, 3]), halve(96)], vec![MaxPool]]
            }
            Self::To17 { narrow: n } => vec![
                vec![conv(192, [1, 1])],
                vec![conv(n, [1, 1]), conv(n, [1, 7]), conv(192, [7, 1])],
                vec![conv(n, [1, 1]), conv(n, [7, 1]), conv(n, [1, 7]), conv(n, [7, 1]), conv(192, [1, 7])],
                vec![AveragePool, conv(192, [1, 1])],
            ],
            Self::Halve17 => vec![
                vec![conv(192, [1, 1]), halve(320)],
                vec![conv(192, [1, 1]), conv(192, [1, 7]), conv(192, [7, 1]), halve(192)],
                vec![MaxPool],
            ],
            Self::To8 { fork } => vec![
                vec![conv(320, [1, 1])],
                vec![conv(384, [1, 1]), Fork { filters: 384, name: Some(fork) }],
                vec![conv(448, [1, 1]), conv(384, [3, 3]), Fork { filters: 384, name: None }],
                vec![AveragePool, conv(192, [1, 1])],
            ],
        }
    }
}

fn base(stack: &mut Stack, _: &Options) -> Result<()> {
    push_layers(stack, &STEM)?; // [35, 35, 192]
    for (index, module) in MODULES.iter().enumerate() {
        push_branches(stack, format!("mixed{index}"), &module.branches())?;
    }
    Ok(()) // [8, 8, 2048]
}

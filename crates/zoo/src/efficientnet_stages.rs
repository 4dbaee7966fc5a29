//! The stages that EfficientNet and EfficientNet-Lite are scaled from (Tan & Le 2019, arXiv:1905.11946, table 1).

use graph::BatchNorm;

use crate::block;

/// How many times as wide and deep as the table.
pub(crate) struct Scaling {
    pub(crate) width: f64,
    pub(crate) depth: f64,
}

/// Blocks of the same number of filters; only the first of them steps by `stride`.
pub(crate) struct Stage {
    pub(crate) repeats: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) expansion: usize,
    pub(crate) filters: usize,
}

pub(crate) static STAGES: [Stage; 7] = [
    Stage { repeats: 1, kernel: 3, stride: 1, expansion: 1, filters: 16 },
    Stage { repeats: 2, kernel: 3, stride: 2, expansion: 6, filters: 24 },
    Stage { repeats: 2, kernel: 5, stride: 2, expansion: 6, filters: 40 },
    Stage { repeats: 3, kernel: 3, stride: 2, expansion: 6, filters: 80 },
    Stage { repeats: 3, kernel: 5, stride: 1, expansion: 6, filters: 112 },
    Stage { repeats: 4, kernel: 5, stride: 2, expansion: 6, filters: 192 },
    Stage { repeats: 1, kernel: 3, stride: 1, expansion: 6, filters: 320 },
];

/// What the parts of the network are called that the stages make.
pub(crate) const BLOCKS: &[block::Row] = &[
    ("block1", "block1"),
    ("block2", "block2"),
    ("block3", "block3"),
    ("block4", "block4"),
    ("block5", "block5"),
    ("block6", "block6"),
    ("block7", "block7"),
];

/// Of every norm.
pub(crate) const NORM: BatchNorm = BatchNorm { momentum: 0.99, epsilon: 1e-3, scale: true, center: true };

/// Keras's name of each block (`1a`, `2a`, `2b`, …), its stage and its own stride, where stage `index` has
/// `repeats(index)` blocks.
pub(crate) fn blocks(
    repeats: impl Fn(usize) -> usize,
) -> impl Iterator<Item = (String, &'static Stage, usize)> {
    STAGES.iter().enumerate().flat_map(move |(index, stage)| {
        (0..repeats(index)).map(move |repeat| {
            let letter = char::from(b'a' + repeat as u8);
            (format!("{}{letter}", index + 1), stage, if repeat == 0 { stage.stride } else { 1 })
        })
    })
}

/// How many blocks stage `index` has, deepened.
pub(crate) fn deepened(index: usize, scaling: &Scaling) -> usize {
    (STAGES[index].repeats as f64 * scaling.depth).ceil() as usize
}

//! A small convolutional network for training from nothing: three to five 3×3 convolutions with ReLU, halving between.
//!
//! Tried with Keras on Fashion-MNIST at 28×28 (Adam 1e-3, batches of 32, nine tenths or four fifths of the training
//! part; test accuracy after 1, 2 and 3 epochs):
//!
//! | | | | |
//! |---|---|---|---|
//! | as it is: 7×7 map, hidden layer of 128 (9/10) | 0.896 | 0.901 | 0.907 |
//! | as it is, another seed (4/5) | 0.892 | 0.905 | 0.909 |
//! | the same with batch norm (9/10) | 0.864 | | |
//! | 3×3 map, flattened (4/5) | 0.882 | 0.893 | 0.898 |
//! | 3×3 map, batch norm, flattened (4/5) | 0.887 | 0.888 | 0.898 |
//! | 7×7 map, batch norm, global average (4/5) | 0.809 | 0.844 | 0.845 |
//!
//! So a hidden layer that sees where things are pays for its weights in a network this shallow, and batch norm, whose
//! moving figures waver in so few steps, does not pay.

use graph::{Activation, Conv2d, Initializer, Op, Padding, Pool, Result};

use crate::stack::Stack;
use crate::{Architecture, HeadPooling, InputScaling, Options};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "small_cnn",
    title: "Small CNN",
    description: "Three to five blocks of convolutions, trained from nothing: for small pictures and simple tasks.",
    default_input: [64, 64, 3],
    minimum_size: 16,
    scaling: InputScaling::Rescaling { scale: 1.0 / 255.0, offset: 0.0 },
    head_pooling: HeadPooling::Hidden { units: 128, initializer: Initializer::HeNormal },
    base,
    last_of_base: &["shrink", "block5_conv", "block4_conv", "block3_conv"],
    blocks: &[("block2", "block2_"), ("block3", "block3_"), ("block4", "block4_"), ("block5", "block5_")],
    ..Architecture::COMMON
}];

/// Filters of each block.
const FILTERS: [usize; 5] = [32, 64, 128, 256, 256];
/// The fewest blocks.
const LEAST_BLOCKS: usize = 3;
/// A block is added as long as its map keeps this many rows and columns.
const LEAST_MAP: usize = 6;
/// The most rows and columns that the head's hidden layer reads; a larger map is pooled once more.
const MOST_MAP: usize = 8;

fn base(stack: &mut Stack, options: &Options) -> Result<()> {
    let [height, width, _] = options.input;
    let count = blocks(height.min(width));
    for (index, filters) in FILTERS.into_iter().take(count).enumerate() {
        let name = |part: &str| format!("block{}_{part}", index + 1);
        if index > 0 {
            stack.push(name("pool"), Op::MaxPool(Pool::new(2)))?; // [h / 2, w / 2, channels]
        }
        let conv = Conv2d::new(filters, 3).same().activation(Activation::Relu);
        stack.push(name("conv"), Op::Conv2d(conv.initializer(Initializer::HeNormal)))?; // [h, w, filters]
    }
    let shrink = stack.size().map(|extent| extent.div_ceil(MOST_MAP));
    if shrink != [1, 1] {
        let pool = Pool { size: shrink, stride: shrink, padding: Padding::Valid };
        stack.push("shrink", Op::MaxPool(pool))?; // [8, 8, filters] at most
    }
    Ok(())
}

/// The number of blocks for pictures whose shorter side is `side`: 3 at 28, 4 at 64, 5 from 96.
fn blocks(side: usize) -> usize {
    // The first block does not halve its map.
    (LEAST_BLOCKS..=FILTERS.len())
        .rev()
        .find(|&count| side >> (count - 1) >= LEAST_MAP)
        .unwrap_or(LEAST_BLOCKS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pooling, Top};

    #[test]
    fn larger_pictures_get_more_blocks() {
        let expected = [(16, 3), (28, 3), (47, 3), (48, 4), (64, 4), (95, 4), (96, 5), (224, 5), (4096, 5)];
        for (side, count) in expected {
            assert_eq!(blocks(side), count, "{side}");
        }
    }

    /// However large the pictures are, the hidden layer reads a map of 8 × 8 at most.
    #[test]
    fn the_head_stays_small() {
        for input in [[16, 16, 1], [28, 28, 1], [32, 500, 3], [224, 224, 3], [1024, 768, 3]] {
            let mut stack = Stack::new("small", input).unwrap();
            base(&mut stack, &Options::new(input, Top::Features(Pooling::None))).unwrap();
            let [height, width] = stack.size();
            assert!((4..=8).contains(&height) && (4..=8).contains(&width), "{input:?}: {height} × {width}");
        }
    }
}

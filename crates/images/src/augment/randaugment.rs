//! A few operations at random, all of one magnitude (RandAugment, Cubuk et al. 2020, arXiv:1909.13719).
//!
//! The operations are those of Keras's `RandAugment`, each as strong as the paper has it (AutoAugment's table) at this
//! magnitude of ten, and of either sign where there are two. Keras draws factors up to the magnitude, the same for all
//! operations, so that a picture may be upside down or moved out of sight.

use super::amount::Amount;
use super::{Change, Operation, Random, rotation, shear, shift};
use crate::{Error, Result};

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandAugment {
    /// So many operations, one after the other; one may be drawn twice.
    pub operations: usize,
    /// How strong they are, from 0 to 10.
    pub magnitude: f32,
}

impl Default for RandAugment {
    /// What the paper takes for ResNet50 on ImageNet.
    fn default() -> Self {
        Self { operations: 2, magnitude: 9.0 }
    }
}

/// The strongest magnitude.
pub(super) const MOST: f32 = 10.0;
const MOST_OPERATIONS: usize = 16;

/// What happens to a picture, at a magnitude of 0 to 1; the sign is drawn.
type Draw = fn(f32, &mut Random, &Change) -> Operation;

const OPERATIONS: [Draw; 11] = [
    |magnitude, random, change| {
        let slants = along_one_axis(0.3 * magnitude, random);
        warp(Change { affine: shear::by(slants), ..still(change) })
    },
    |magnitude, random, change| {
        let parts = along_one_axis(0.45 * magnitude, random);
        warp(Change { affine: shift::by(change.size, parts), ..still(change) })
    },
    |magnitude, random, change| {
        let turn = f64::from(signed(30.0 / 360.0 * magnitude, random));
        warp(Change { affine: rotation::by(turn), ..still(change) })
    },
    // As much as the paper's factor of 1.9 makes of the middle of the range.
    |magnitude, random, change| {
        warp(Change { brightness: 255.0 * signed(0.45 * magnitude, random), ..still(change) })
    },
    |magnitude, random, change| warp(Change { contrast: factor(magnitude, random), ..still(change) }),
    |magnitude, random, _| Operation::Grayscale(factor(magnitude, random)),
    |magnitude, random, _| Operation::Sharpness(factor(magnitude, random)),
    |magnitude, _, _| Operation::Posterize(8 - (4.0 * magnitude).round() as u32),
    |magnitude, _, _| Operation::Solarize(255.0 * (1.0 - magnitude)),
    |_, _, _| Operation::AutoContrast,
    |_, _, _| Operation::Equalize,
];

pub(super) fn draw(asked: Option<RandAugment>, random: &mut Random, change: &mut Change) {
    let Some(RandAugment { operations, magnitude }) = asked else { return };
    for _ in 0..operations {
        let operation = OPERATIONS[random.below(OPERATIONS.len())](magnitude / MOST, random, change);
        change.before.push(operation);
    }
}

fn signed(amount: f32, random: &mut Random) -> f32 {
    if random.coin() { amount } else { -amount }
}

/// As the paper slants and moves: along x or along y.
fn along_one_axis(amount: f32, random: &mut Random) -> [f64; 2] {
    let amount = f64::from(signed(amount, random));
    if random.coin() { [amount, 0.0] } else { [0.0, amount] }
}

/// 1 for no change, 0.1 or 1.9 at most.
fn factor(magnitude: f32, random: &mut Random) -> f32 {
    1.0 + signed(0.9 * magnitude, random)
}

fn still(change: &Change) -> Change {
    Change { fill: change.fill, ..Change::none(change.size) }
}

fn warp(change: Change) -> Operation {
    Operation::Warp(Box::new(change))
}

impl Amount for Option<RandAugment> {
    fn read(name: &str, text: Option<&str>, most: f32) -> Result<Self> {
        let Some(text) = text else { return Ok(Some(RandAugment::default())) };
        let read = || {
            let (operations, magnitude) = text.split_once(':')?;
            let (operations, magnitude) = (operations.trim().parse().ok()?, magnitude.trim().parse().ok()?);
            let fits = (1..=MOST_OPERATIONS).contains(&operations) && (0.0..=most).contains(&magnitude);
            fits.then_some(RandAugment { operations, magnitude: magnitude + 0.0 })
        };
        read().map(Some).ok_or_else(|| {
            Error::value(format!(
                "the augmentation {name:?} takes a number of operations from 1 to {MOST_OPERATIONS} and a magnitude from \
                 0 to {most}, such as \"{name}=2:9\" (which is meant if nothing is said); received {text:?}"
            ))
        })
    }

    fn word(&self, name: &str) -> Option<String> {
        self.map(|RandAugment { operations, magnitude }| format!("{name}={operations}:{magnitude}"))
    }
}

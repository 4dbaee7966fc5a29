//! Random changes of training pictures, in the words and the units of Keras's layers.

mod amount;
mod autocontrast;
mod brightness;
mod contrast;
mod crop;
mod cutmix;
mod cutout;
mod equalize;
mod fill;
mod flip;
mod grayscale;
mod hue;
mod mixup;
mod noise;
mod operation;
mod posterize;
mod randaugment;
pub(crate) mod rotation;
mod saturation;
mod sharpness;
pub(crate) mod shear;
pub(crate) mod shift;
mod solarize;
pub(crate) mod zoom;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::affine::Affine;
use crate::random::{Purpose, Random};
use crate::{Error, Result};
use amount::Amount;

pub use fill::Fill;
pub use flip::Flip;
pub(crate) use operation::{Canvas, Operation};
pub use randaugment::RandAugment;

/// Declares [`Augment`]: a field each, whose file of the same name has `MOST`, the largest amount, and `draw`. What a
/// name alone means is written behind the sign, if it has a meaning: Keras's default.
/// They are drawn in the order of this list. Operations on whole pictures come first,
/// then a picture is moved and relit.
macro_rules! augmentations {
    ($($(#[$doc:meta])* $name:ident: $amount:ty $(= $usual:literal)?,)*) => {
        /// What may happen to a training picture, and how much of it; by default nothing.
        ///
        /// Written as on the command line, `flip,rotation=0.1,zoom=0.1`, in files too.
        #[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct Augment {
            $($(#[$doc])* pub $name: $amount,)*
        }

        impl Augment {
            /// All names.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Sets what is called `name`.
            fn set(&mut self, name: &str, amount: Option<&str>) -> Result<()> {
                match name {
                    $(stringify!($name) => {
                        self.$name = Amount::read(name, amount$(.or(Some($usual)))?, $name::MOST)?;
                    })*
                    _ => return Err(unknown(name)),
                }
                Ok(())
            }

            /// What is on, as `name` or `name=amount`.
            fn words(&self) -> Vec<String> {
                let words = [$(self.$name.word(stringify!($name))),*];
                words.into_iter().flatten().collect()
            }

            /// Draws what happens to one picture of `size` (height, width).
            fn draw_each(&self, random: &mut Random, change: &mut Change) {
                $(if self.$name != <$amount>::default() {
                    $name::draw(self.$name, random, change);
                })*
            }
        }
    };
}

augmentations! {
    /// Mirrors every other picture.
    flip: Option<Flip>,
    /// Turns by up to this part of a full turn, either way: 0.1 is ±36°.
    rotation: f32,
    /// Shrinks or enlarges by up to this part, both axes alike: 0.1 is 90 % to 110 %.
    zoom: f32,
    /// Moves by up to this part of the side, along each axis by itself.
    shift: f32,
    /// Slants by up to this part of the side, along each axis by itself.
    shear: f32,
    /// Cuts away up to this part of each side, at random ends, and enlarges the rest to the whole.
    crop: f32,
    /// Adds up to this part of the full range, or takes it away.
    brightness: f32,
    /// Multiplies the distance from the mean colour by up to this much more or less than one.
    contrast: f32,
    /// Multiplies the strength of colours by up to this much more or less than one.
    saturation: f32,
    /// Turns colours by up to this part of half the circle of hues, either way.
    hue: f32,
    /// Adds noise of this deviation, as a part of the full range, to each value.
    noise: f32,
    /// Covers a box of up to this part of each side with the mean colour.
    cutout: f32,
    /// Stretches each channel over the full range, in this part of the pictures.
    autocontrast: f32,
    /// Spreads each channel's levels evenly over the full range, in this part of the pictures.
    equalize: f32,
    /// Leaves four of the eight bits of each level, in this part of the pictures.
    posterize: f32,
    /// Inverts the levels in the upper half of the range, in this part of the pictures.
    solarize: f32,
    /// Takes all colour away, in this part of the pictures.
    grayscale: f32,
    /// Multiplies the distance from the blurred picture by up to this much more or less than one.
    sharpness: f32,
    /// So many operations at random, all of one magnitude.
    randaugment: Option<RandAugment>,
    /// Blends each picture of a batch with the next one; how much of it stays is drawn from Beta(this, this).
    mixup: f32 = "0.2",
    /// Puts a box of the next picture of the batch over each; how much of it stays is drawn from Beta(this, this).
    cutmix: f32 = "1",
    /// What is seen where a moved picture has no pixels.
    fill: Fill,
}

impl Augment {
    /// Whether nothing at all is changed.
    pub fn is_identity(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the pictures of a batch are mixed.
    pub fn mixes(&self) -> bool {
        self.mixup > 0.0 || self.cutmix > 0.0
    }

    /// What happens to picture `index` of `size` (height, width) in `epoch`: a pure function of the arguments.
    pub(crate) fn draw(&self, size: [usize; 2], seed: u64, epoch: u64, index: u64) -> Change {
        let mut change = Change { fill: self.fill, ..Change::none(size) };
        self.draw_each(&mut Random::new(seed, Purpose::Augment, epoch, index), &mut change);
        change
    }
}

/// What happens to one picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Height and width.
    pub(crate) size: [usize; 2],
    /// Where its pixels come from.
    pub(crate) affine: Affine,
    /// Added to every value, in levels of 0 to 255.
    pub(crate) brightness: f32,
    /// By what the distance from the mean is multiplied.
    pub(crate) contrast: f32,
    /// By what the saturation of colours is multiplied.
    pub(crate) saturation: f32,
    /// How far colours are turned, as a part of the circle.
    pub(crate) hue: f32,
    /// The deviation of noise in levels, and what it is drawn from.
    pub(crate) noise: Option<(f32, Random)>,
    /// Rows and columns that are covered.
    pub(crate) hole: [Range<usize>; 2],
    /// What is seen outside.
    pub(crate) fill: Fill,
    /// What is done to the whole picture before all this, one after the other.
    pub(crate) before: Vec<Operation>,
}

impl Change {
    /// A picture of `size` (height, width) stays as it is.
    pub(crate) fn none(size: [usize; 2]) -> Self {
        Self {
            size,
            affine: Affine::IDENTITY,
            brightness: 0.0,
            contrast: 1.0,
            saturation: 1.0,
            hue: 0.0,
            noise: None,
            hole: [0..0, 0..0],
            fill: Fill::default(),
            before: Vec::new(),
        }
    }

    /// Whether it is over when [`Change::before`] is done.
    pub(crate) fn ends_there(&self) -> bool {
        let Self { affine, brightness, contrast, saturation, hue, noise, hole, .. } = self;
        *affine == Affine::IDENTITY
            && (*brightness, *contrast, *saturation, *hue) == (0.0, 1.0, 1.0, 0.0)
            && noise.is_none()
            && hole.iter().any(Range::is_empty)
    }
}

fn unknown(name: &str) -> Error {
    Error::value(format!(
        "there is no augmentation {name:?}; there are {}, as in \"flip,rotation=0.1\"",
        Augment::NAMES.join(", ")
    ))
}

impl FromStr for Augment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut augment = Self::default();
        let mut seen = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, amount) = match word.split_once('=') {
                Some((name, amount)) => (name.trim(), Some(amount.trim())),
                None => (word, None),
            };
            if seen.contains(&name) {
                return Err(Error::value(format!("the augmentation {name:?} is given twice in {text:?}")));
            }
            augment.set(name, amount)?;
            seen.push(name);
        }
        Ok(augment)
    }
}

impl fmt::Display for Augment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(","))
    }
}

impl TryFrom<String> for Augment {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Augment> for String {
    fn from(augment: Augment) -> Self {
        augment.to_string()
    }
}

#[cfg(test)]
mod tests;

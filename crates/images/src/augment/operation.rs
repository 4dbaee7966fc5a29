//! What is done to a whole picture before it is moved and relit in one pass: what needs all its pixels first.

use super::{Change, autocontrast, equalize, grayscale, posterize, sharpness, solarize};

/// A picture under way: values 0 to 255, `[H, W, C]`.
pub(crate) struct Canvas<'a> {
    pub(crate) values: &'a mut [f32],
    /// Height and width.
    pub(crate) size: [usize; 2],
    pub(crate) channels: usize,
    /// Working memory, as long as the values.
    pub(crate) room: &'a mut [f32],
}

/// One operation with its strength.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operation {
    AutoContrast,
    Equalize,
    /// So many of the eight bits stay.
    Posterize(u32),
    /// Values from this level on are inverted.
    Solarize(f32),
    /// The distance from grey is multiplied by this.
    Grayscale(f32),
    /// The distance from the blurred picture is multiplied by this.
    Sharpness(f32),
    /// It is moved or relit.
    Warp(Box<Change>),
}

impl Operation {
    /// Does it; `warp` is what carries out [`Operation::Warp`], from the first values to the second ones.
    pub(crate) fn apply(&self, canvas: &mut Canvas, warp: impl Fn(&Change, &[f32], &mut [f32])) {
        match self {
            Self::AutoContrast => autocontrast::apply(canvas),
            Self::Equalize => equalize::apply(canvas),
            Self::Posterize(bits) => posterize::apply(*bits, canvas),
            Self::Solarize(threshold) => solarize::apply(*threshold, canvas),
            Self::Grayscale(factor) => grayscale::apply(*factor, canvas),
            Self::Sharpness(factor) => sharpness::apply(*factor, canvas),
            Self::Warp(change) => {
                warp(change, canvas.values, canvas.room);
                canvas.values.copy_from_slice(canvas.room);
            }
        }
    }
}

impl Canvas<'_> {
    /// The values of one channel.
    pub(super) fn channel(&mut self, channel: usize) -> impl Iterator<Item = &mut f32> {
        self.values.iter_mut().skip(channel).step_by(self.channels)
    }
}

#[cfg(test)]
mod tests;

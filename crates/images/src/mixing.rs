//! Mixes each picture of a batch with the next one, the last with the first.
//!
//! mixup (Zhang et al. 2018, arXiv:1710.09412) blends: `λ xᵢ + (1 − λ) xᵢ₊₁`, with λ from Beta(α, α). CutMix (Yun et
//! al. 2019, arXiv:1905.04899) puts a box of `xᵢ₊₁` over `xᵢ`, whose sides are √(1 − λ) of the picture's and whose
//! centre is anywhere, so that some of the box may lie outside; λ is then what is left to see of `xᵢ`. λ is drawn for
//! each picture, as in Keras's `MixUp` and `CutMix`. Where both are asked for, a batch has either, half of the time
//! each, as in timm (its `switch_prob`).
//!
//! A batch is in random order, so the next picture is a random partner. It was just written and is still in the cache.

use crate::augment::Augment;
use crate::beta::symmetric_beta;
use crate::random::{Purpose, Random};

/// What of a mixed picture is another's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mix {
    /// How much of it is its own.
    pub share: f32,
    /// The place in the batch of that whose the rest is.
    pub partner: usize,
}

/// A batch whose pictures are mixed as they come.
pub(crate) struct Mixing<'a> {
    way: Way,
    alpha: f64,
    random: Random,
    /// Height, width and channels.
    shape: [usize; 3],
    /// The first picture as it was, for the last one.
    first: &'a mut Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Blend,
    Cut,
}

impl<'a> Mixing<'a> {
    /// Of the pictures, `[H, W, C]`, of the batch that has this number in an epoch and no other has; `None` if
    /// `augment` does not mix them. `first` is working memory.
    pub(crate) fn new(
        augment: &Augment,
        seed: u64,
        (epoch, number): (u64, u64),
        shape: [usize; 3],
        first: &'a mut Vec<f32>,
    ) -> Option<Self> {
        let mut random = Random::new(seed, Purpose::Mix, epoch, number);
        let way = match (augment.mixup > 0.0, augment.cutmix > 0.0) {
            (false, false) => return None,
            (true, false) => Way::Blend,
            (false, true) => Way::Cut,
            (true, true) if random.coin() => Way::Blend,
            (true, true) => Way::Cut,
        };
        let alpha = match way {
            Way::Blend => augment.mixup,
            Way::Cut => augment.cutmix,
        };
        Some(Self { way, alpha: alpha.into(), random, shape, first })
    }

    /// Mixes the last picture but one with the last, which was just written to the end of `pixels`.
    pub(crate) fn add(&mut self, pixels: &mut [f32], mixes: &mut Vec<Mix>) {
        let length = self.shape.iter().product();
        let (earlier, last) = pixels.split_at_mut(pixels.len() - length);
        match earlier.len().checked_sub(length) {
            None => last.clone_into(self.first),
            Some(at) => {
                let share = self.mix(&mut earlier[at..], last);
                mixes.push(Mix { share, partner: mixes.len() + 1 });
            }
        }
    }

    /// Mixes the last picture with the first. One alone stays as it is.
    pub(crate) fn finish(mut self, pixels: &mut [f32], mixes: &mut Vec<Mix>) {
        let length: usize = self.shape.iter().product();
        let share = match pixels.len() / length {
            0 => return,
            1 => 1.0,
            count => {
                let first = std::mem::take(self.first);
                let share = self.mix(&mut pixels[(count - 1) * length..], &first);
                *self.first = first;
                share
            }
        };
        mixes.push(Mix { share, partner: 0 });
    }

    /// Mixes `other` into `own`; how much of it stays.
    fn mix(&mut self, own: &mut [f32], other: &[f32]) -> f32 {
        let share = symmetric_beta(self.alpha, &mut self.random);
        match self.way {
            Way::Blend => {
                blend(share as f32, own, other);
                share as f32
            }
            Way::Cut => self.cover((1.0 - share).sqrt(), own, other),
        }
    }

    /// Covers a box, `part` of each side long, with the same place of `other`; how much of `own` is left.
    fn cover(&mut self, part: f64, own: &mut [f32], other: &[f32]) -> f32 {
        let [height, width, channels] = self.shape;
        // What lies outside the picture is cut off, so that a box at the edge is smaller.
        let mut side = |side: usize| {
            let (length, centre) = (part * side as f64, self.random.unit() * side as f64);
            let within = |at: f64| (at.round().max(0.0) as usize).min(side);
            within(centre - length / 2.0)..within(centre + length / 2.0)
        };
        let rows = side(height);
        let columns = side(width);
        for row in rows.clone() {
            let values = (row * width + columns.start) * channels..(row * width + columns.end) * channels;
            own[values.clone()].copy_from_slice(&other[values]);
        }
        1.0 - (rows.len() * columns.len()) as f32 / (height * width) as f32
    }
}

fn blend(share: f32, own: &mut [f32], other: &[f32]) {
    for (own, other) in own.iter_mut().zip(other) {
        *own = share * *own + (1.0 - share) * other;
    }
}

#[cfg(test)]
mod tests;

//! Whether two pictures show the same, told from small copies of them.
//!
//! Of `a` and `b`, luma at 16 × 16, `b ≈ clip(gain · a + offset)` is fitted by least squares over the pixels that are
//! clipped in neither. So another brightness or contrast does not matter, even where it drove highlights to white. The fit
//! must explain 0.97 of `b`'s variance, `1 − Σ (b − fit)² / Σ (b − b̄)²`, and be off by 12 levels at most (root mean square)
//! in each of the 4 × 4 parts of the picture: two shirts on black have nearly the same outline, but not the same front.
//! Colour differences at 4 × 4 must agree too, unless one of the pictures is grey: the same cup in red and in blue is no
//! copy.

use crate::hash::SIDE;

/// Rows and columns of luma that are kept.
const LUMA: usize = 16;
/// Rows and columns of colour differences that are kept.
const COLOUR: usize = 4;
/// Rows and columns of parts, each of which must fit.
const PARTS: usize = 4;
/// The least share of the variance that is explained in a copy.
const EXPLAINED: f32 = 0.97;
/// The most levels that a part of a copy is off.
const OFF: f32 = 12.0;
/// Levels at the ends, which clipping may have made.
const UNCLIPPED: std::ops::RangeInclusive<u8> = 4..=251;
/// How much brighter or darker a copy may be.
const GAINS: std::ops::RangeInclusive<f32> = 0.5..=2.0;
/// Below this deviation of colour differences, in levels, a picture is grey.
const GREY: f32 = 3.0;
/// Below this deviation of luma, in levels, a picture shows nothing.
const BLANK: f32 = 2.0;

/// A small copy, 288 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Likeness {
    luma: [u8; LUMA * LUMA],
    /// Red and blue less luma.
    colour: [i8; 2 * COLOUR * COLOUR],
}

/// Luma of RGB pixels, `[32, 32]`, as ITU-R BT.601 weighs it.
pub(crate) fn luma(pixels: &[[u8; 3]]) -> [f32; SIDE * SIDE] {
    let mut luma = [0.0; SIDE * SIDE];
    for (level, [red, green, blue]) in luma.iter_mut().zip(pixels) {
        *level = 0.299 * f32::from(*red) + 0.587 * f32::from(*green) + 0.114 * f32::from(*blue);
    }
    luma
}

impl Likeness {
    /// Of RGB pixels, `[32, 32, 3]`, and their luma.
    pub(crate) fn of(pixels: &[[u8; 3]], luma: &[f32; SIDE * SIDE]) -> Self {
        let small = means::<LUMA, { LUMA * LUMA }>(|at| luma[at]);
        let red = means::<COLOUR, { COLOUR * COLOUR }>(|at| f32::from(pixels[at][0]) - luma[at]);
        let blue = means::<COLOUR, { COLOUR * COLOUR }>(|at| f32::from(pixels[at][2]) - luma[at]);
        let mut colour = [0; 2 * COLOUR * COLOUR];
        for (kept, mean) in colour.iter_mut().zip(red.into_iter().chain(blue)) {
            *kept = mean.round() as i8; // saturates
        }
        Self { luma: small.map(|mean| mean.round() as u8), colour }
    }

    /// Whether the picture shows nothing: one level all over.
    pub(crate) fn is_blank(&self) -> bool {
        let levels = self.luma.map(f32::from);
        (variation(&levels) / levels.len() as f32).sqrt() < BLANK
    }

    /// Whether it has no colour.
    pub(crate) fn is_grey(&self) -> bool {
        root_mean_square(self.colour.iter().map(|value| f32::from(*value))) < GREY
    }

    /// Whether one of the two is made from the other, as far as can be seen.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        // Only the brighter or the darker one is clipped, so that the fit is good in one direction.
        [self.gain_towards(other), other.gain_towards(self).map(f32::recip)]
            .into_iter()
            .flatten()
            .any(|gain| self.has_colour_of(other, gain))
    }

    /// The gain that makes a copy of this picture of `other`'s levels, if there is one.
    fn gain_towards(&self, other: &Self) -> Option<f32> {
        let (from, to) = (self.luma.map(f32::from), other.luma.map(f32::from));
        let is_free = |(a, b): &(&u8, &u8)| UNCLIPPED.contains(*a) && UNCLIPPED.contains(*b);
        let free: Vec<(f32, f32)> = (self.luma.iter().zip(&other.luma))
            .filter(is_free)
            .map(|(a, b)| (f32::from(*a), f32::from(*b)))
            .collect();
        // Where nearly all is black or white, that is what they show.
        let is_enough = free.len() >= from.len() / 4;
        let points = if is_enough { free } else { from.iter().copied().zip(to).collect() };
        let (gain, offset) = fit(&points)?;
        let mut errors = [0.0_f32; PARTS * PARTS];
        for (place, (a, b)) in from.iter().zip(&to).enumerate() {
            let part = place / LUMA * PARTS / LUMA * PARTS + place % LUMA * PARTS / LUMA;
            errors[part] += (b - (gain * a + offset).clamp(0.0, 255.0)).powi(2);
        }
        let worst = errors.iter().copied().fold(0.0, f32::max) / (from.len() / errors.len()) as f32;
        let is_explained = errors.iter().sum::<f32>() <= (1.0 - EXPLAINED) * variation(&to);
        (GAINS.contains(&gain) && is_explained && worst <= OFF * OFF).then_some(gain)
    }

    fn has_colour_of(&self, other: &Self, gain: f32) -> bool {
        if self.is_grey() || other.is_grey() {
            return true;
        }
        let both = self.colour.iter().zip(&other.colour);
        let difference = root_mean_square(both.map(|(a, b)| gain * f32::from(*a) - f32::from(*b)));
        let strength = root_mean_square(other.colour.iter().map(|value| f32::from(*value)));
        difference <= 8.0 + 0.2 * strength
    }
}

/// Gain and offset of the straight line through these points, by least squares.
fn fit(points: &[(f32, f32)]) -> Option<(f32, f32)> {
    let count = points.len() as f32;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / count, y + b / count));
    let (xx, xy) =
        points.iter().fold((0.0, 0.0), |(xx, xy), (a, b)| (xx + (a - x) * (a - x), xy + (a - x) * (b - y)));
    (xx > 0.0).then(|| (xy / xx, y - xy / xx * x))
}

/// The sum of the squared differences from the mean.
fn variation(values: &[f32]) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len() as f32;
    (values.map(|value| value * value).sum::<f32>() / count).sqrt()
}

/// Means over the squares that a picture of 32 × 32 has `SIDES` a side of.
fn means<const SIDES: usize, const ALL: usize>(value: impl Fn(usize) -> f32) -> [f32; ALL] {
    let step = SIDE / SIDES;
    std::array::from_fn(|square| {
        let (top, left) = (square / SIDES * step, square % SIDES * step);
        let inside = (0..step * step).map(|i| value((top + i / step) * SIDE + left + i % step));
        inside.sum::<f32>() / (step * step) as f32
    })
}

#[cfg(test)]
mod tests;

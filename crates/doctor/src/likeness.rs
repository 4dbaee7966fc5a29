//! Whether two pictures show the same, told from small copies of them.
//!
//! Of `a` and `b`, luma at 16 × 16, `b ≈ clip(gain · a + offset)` is fitted by least squares over the pixels that are
//! clipped in neither. So another brightness or contrast does not matter, even where it drove highlights to white. The
//! fit must explain 0.97 of `b`'s variance, `1 − Σ (b − fit)² / Σ (b − b̄)²`, and be off by 12 levels at most (root
//! mean square) in each of the 4 × 4 parts of the picture: two shirts on black have nearly the same outline, but not
//! the same front. Colour differences at 4 × 4 must agree too, unless one of the pictures is grey: the same cup in red
//! and in blue is no copy.

use crate::hash::SIDE;
use crate::turn::Turn;

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

    /// Of the same picture, mirrored or turned.
    pub(crate) fn turned(&self, turn: Turn) -> Self {
        let source = |place: usize, side: usize| {
            let [row, column] = turn.source([place / side, place % side], side);
            row * side + column
        };
        const PLANE: usize = COLOUR * COLOUR;
        Self {
            luma: std::array::from_fn(|place| self.luma[source(place, LUMA)]),
            colour: std::array::from_fn(|place| {
                self.colour[place / PLANE * PLANE + source(place % PLANE, COLOUR)]
            }),
        }
    }

    /// Whether the picture shows nothing: one level all over.
    pub(crate) fn is_blank(&self) -> bool {
        (variation(&self.luma) / self.luma.len() as f32).sqrt() < BLANK
    }

    /// Whether it has no colour.
    pub(crate) fn is_grey(&self) -> bool {
        root_mean_square(self.colour.iter().map(|value| f32::from(*value))) < GREY
    }

    /// Whether one of the two is made from the other, as far as can be seen.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        let is_free = |a: u8, b: u8| UNCLIPPED.contains(&a) & UNCLIPPED.contains(&b);
        let mut line = Line::through(&self.luma, &other.luma, is_free);
        if (line.points as usize) < self.luma.len() / 4 {
            // Nearly all is black or white, so that is what they show.
            line = Line::through(&self.luma, &other.luma, |_, _| true);
        }
        let there = line.fit().filter(|fit| fits(*fit, &self.luma, &other.luma));
        // Only the brighter or the darker one is clipped, so that the fit is good in one direction.
        let back = || line.turned().fit().filter(|fit| fits(*fit, &other.luma, &self.luma));
        let gain = there.map(|(gain, _)| gain).or_else(|| back().map(|(gain, _)| gain.recip()));
        gain.is_some_and(|gain| self.has_colour_of(other, gain))
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

/// Sums over pairs of levels `(x, y)`, for the straight line through them; whole numbers, so that they are exact.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    points: u32,
    x: u32,
    y: u32,
    xx: u32,
    yy: u32,
    xy: u32,
}

impl Line {
    /// Through the pairs that count.
    fn through(x: &[u8], y: &[u8], counts: impl Fn(u8, u8) -> bool) -> Self {
        let mut line = Self::default();
        for (x, y) in x.iter().zip(y) {
            let counts = u32::from(counts(*x, *y));
            let (x, y) = (counts * u32::from(*x), counts * u32::from(*y));
            line.points += counts;
            line.x += x;
            line.y += y;
            line.xx += x * x;
            line.yy += y * y;
            line.xy += x * y;
        }
        line
    }

    /// Of the pairs `(y, x)`.
    fn turned(self) -> Self {
        Self { x: self.y, y: self.x, xx: self.yy, yy: self.xx, ..self }
    }

    /// Gain and offset by least squares, if the gain is one that a copy may have.
    fn fit(self) -> Option<(f32, f32)> {
        let [points, x, y, xx, xy] = [self.points, self.x, self.y, self.xx, self.xy].map(f64::from);
        let gain = (points * xy - x * y) / (points * xx - x * x); // no number where all x are the same
        let offset = (y - gain * x) / points;
        GAINS.contains(&(gain as f32)).then_some((gain as f32, offset as f32))
    }
}

/// Whether `to` is `from` with this gain and offset, in each part.
fn fits((gain, offset): (f32, f32), from: &[u8; LUMA * LUMA], to: &[u8; LUMA * LUMA]) -> bool {
    const SIDE_OF_PART: usize = LUMA / PARTS;
    let mut errors = [0.0_f32; PARTS * PARTS];
    let pieces = from.as_chunks::<SIDE_OF_PART>().0.iter().zip(to.as_chunks::<SIDE_OF_PART>().0);
    for (piece, (from, to)) in pieces.enumerate() {
        let part = piece / PARTS / SIDE_OF_PART * PARTS + piece % PARTS;
        for (a, b) in from.iter().zip(to) {
            errors[part] += (f32::from(*b) - (gain * f32::from(*a) + offset).clamp(0.0, 255.0)).powi(2);
        }
    }
    let worst = errors.iter().copied().fold(0.0, f32::max) / (from.len() / errors.len()) as f32;
    worst <= OFF * OFF && errors.iter().sum::<f32>() <= (1.0 - EXPLAINED) * variation(to)
}

/// The sum of the squared differences from the mean.
fn variation(levels: &[u8; LUMA * LUMA]) -> f32 {
    let mean = levels.iter().map(|level| u32::from(*level)).sum::<u32>() as f32 / levels.len() as f32;
    levels.iter().map(|level| (f32::from(*level) - mean).powi(2)).sum()
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

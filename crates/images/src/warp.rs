//! Moves and relights a picture in one pass, from bytes to the floats of a batch.
//!
//! A new pixel is `gain · p(old position) + lift`, stopped at 0 and 255, where `p` is read by bilinear
//! interpolation and the old position is an [`Affine`] map of the new one. What is seen outside says a
//! [`Fill`](crate::Fill). Positions are in fixed point, so that the run of a row's pixels whose four neighbours all lie
//! inside is known beforehand, exactly.
//!
//! Colours, noise and a covered box follow row by row, while the row is in the cache. What needs all pixels of a
//! picture first is done before, on its floats ([`Operation`](crate::augment::Operation)).

use std::ops::Range;

use crate::Fill;
use crate::affine::Affine;
use crate::augment::{Canvas, Change};
use crate::colour::Colour;
use crate::picture::widen;
use crate::random::Random;
use crate::resample::{Pixels, within_a_byte};

/// Bits after the point of a position.
const FRACTION: u32 = 32;

/// Writes the changed `picture` to `target`, `[H, W, C]`, values 0 to 255. `wide` is working memory.
pub(crate) fn warp(picture: Pixels, change: &Change, wide: &mut Vec<f32>, target: &mut [f32]) {
    if change.ends_there() && change.before.is_empty() {
        return widen(picture.bytes, target);
    }
    wide.resize(picture.bytes.len(), 0.0);
    widen(picture.bytes, wide);
    let (size, channels) = (picture.size, picture.channels);
    for operation in &change.before {
        let mut canvas = Canvas { values: wide, size, channels, room: target };
        operation.apply(&mut canvas, |change, values, target| run(values, channels, change, target));
    }
    match change.ends_there() {
        true => target.copy_from_slice(wide),
        false => run(wide, channels, change, target),
    }
}

fn run(values: &[f32], channels: usize, change: &Change, target: &mut [f32]) {
    let size = change.size;
    match channels {
        1 => run_lanes::<1, 1>(&Plane { values, size }, change, target),
        _ => run_lanes::<3, 4>(&Plane { values, size }, change, target),
    }
}

/// The old picture as floats. Pixels have `C` channels and are read `LANES` at a time: three as four.
struct Plane<'a, const C: usize, const LANES: usize> {
    values: &'a [f32],
    size: [usize; 2],
}

fn run_lanes<const C: usize, const LANES: usize>(
    plane: &Plane<C, LANES>,
    change: &Change,
    target: &mut [f32],
) {
    let [height, width] = plane.size;
    let finish = Finish::new(plane, change);
    let mut noise = change.noise.clone();
    let step = fixed([change.affine.matrix[0][0], change.affine.matrix[1][0]], FARTHEST_STEP);
    // Reading `LANES` values at the last column but one would reach beyond the picture.
    let inside = [width as i64 - 1 - (LANES - C) as i64, height as i64 - 1];
    for (row, out) in target.chunks_exact_mut(width * C).enumerate() {
        let walk = Walk { start: row_start(&change.affine, plane.size, row), step };
        // All lanes of a pixel are stored at once, the last into the next pixel: there is none after the last.
        let run = walk.within(inside, width - 1);
        for column in run.clone() {
            out[column * C..column * C + LANES].copy_from_slice(&plane.inside(walk.at(column)));
        }
        for column in (0..run.start).chain(run.end..width) {
            out[column * C..column * C + C]
                .copy_from_slice(&plane.outside(walk.at(column), change.fill)[..C]);
        }
        finish.apply(row, out.as_chunks_mut::<C>().0, &mut noise);
    }
}

/// The old position of the first pixel of `row`.
fn row_start(affine: &Affine, size: [usize; 2], row: usize) -> [i64; 2] {
    let centre = [size[1], size[0]].map(|side| (side as f64 - 1.0) / 2.0);
    let [x, y] = affine.apply([-centre[0], row as f64 - centre[1]]);
    fixed([x + centre[0], y + centre[1]], FARTHEST)
}

/// A row's first position, in pixels, is within ± this; no sensible change comes near it.
const FARTHEST: f64 = (1_i64 << 29) as f64;

/// A step is within ± this, so that no position in a row of the longest side overflows.
const FARTHEST_STEP: f64 = (1_i64 << 16) as f64;

fn fixed(position: [f64; 2], farthest: f64) -> [i64; 2] {
    position.map(|p| (p.clamp(-farthest, farthest) * (1_i64 << FRACTION) as f64).round() as i64)
}

/// The old positions of one row's pixels.
#[derive(Clone, Copy)]
struct Walk {
    start: [i64; 2],
    step: [i64; 2],
}

impl Walk {
    #[inline(always)]
    fn at(self, column: usize) -> [i64; 2] {
        [0, 1].map(|axis| self.start[axis] + column as i64 * self.step[axis])
    }

    /// The columns below `width` whose position is in `0..limit` along both axes; `limit` is in whole pixels.
    fn within(self, limit: [i64; 2], width: usize) -> std::ops::Range<usize> {
        let [a, b] =
            [0, 1].map(|axis| run_within(self.start[axis], self.step[axis], limit[axis] << FRACTION));
        let (first, end) = (a.0.max(b.0), a.1.min(b.1).min(width as i64));
        if first < end { first as usize..end as usize } else { 0..0 }
    }
}

/// The `n ≥ 0` with `0 ≤ start + n · step < limit`, as first and end.
fn run_within(start: i64, step: i64, limit: i64) -> (i64, i64) {
    if step == 0 {
        return if (0..limit).contains(&start) { (0, i64::MAX) } else { (0, 0) };
    }
    // Walking down from `start` is walking up from its mirror image.
    let (start, step) = if step > 0 { (start, step) } else { (limit - 1 - start, -step) };
    let steps_to = |position: i64| (position - start + step - 1).div_euclid(step);
    (steps_to(0).max(0), steps_to(limit))
}

impl<const C: usize, const LANES: usize> Plane<'_, C, LANES> {
    /// The value between four pixels that are all inside.
    #[inline(always)]
    fn inside(&self, [x, y]: [i64; 2]) -> [f32; LANES] {
        let stride = self.size[1] * C;
        let top = (y >> FRACTION) as usize * stride + (x >> FRACTION) as usize * C;
        let pair = |at: usize| {
            let both = &self.values[at..at + C + LANES];
            [lanes(both), lanes(&both[C..])]
        };
        blend([pair(top), pair(top + stride)], x, y)
    }

    /// The value between four pixels, any of them perhaps outside.
    #[inline(never)]
    fn outside(&self, [x, y]: [i64; 2], fill: Fill) -> [f32; LANES] {
        let [height, width] = self.size;
        let (left, top) = (x >> FRACTION, y >> FRACTION);
        let read = |row: i64, column: i64| {
            let mut lanes = [0.0; LANES];
            if let (Some(row), Some(column)) = (fill.pixel(row, height), fill.pixel(column, width)) {
                let at = (row * width + column) * C;
                lanes[..C].copy_from_slice(&self.values[at..at + C]);
            }
            lanes
        };
        let pair = |row: i64| [read(row, left), read(row, left + 1)];
        blend([pair(top), pair(top + 1)], x, y)
    }

    fn mean(&self, channel: usize) -> f32 {
        let sum: f64 = self.values.iter().skip(channel).step_by(C).map(|value| f64::from(*value)).sum();
        (sum / (self.size[0] * self.size[1]) as f64) as f32
    }
}

#[inline(always)]
fn lanes<const LANES: usize>(values: &[f32]) -> [f32; LANES] {
    values.first_chunk::<LANES>().copied().unwrap_or([0.0; LANES])
}

/// Bilinear interpolation of the pixels left and right above, left and right below.
#[inline(always)]
fn blend<const LANES: usize>([above, below]: [[[f32; LANES]; 2]; 2], x: i64, y: i64) -> [f32; LANES] {
    let part = |position: i64| ((position as u32) >> 8) as f32 * (1.0 / (1 << 24) as f32);
    let between = |[a, b]: [[f32; LANES]; 2], part: f32| {
        std::array::from_fn(|lane| a[lane] + (b[lane] - a[lane]) * part)
    };
    between([between(above, part(x)), between(below, part(x))], part(y))
}

/// What becomes of pixels when they have moved.
struct Finish<const C: usize> {
    tone: Tone<C>,
    colour: Colour,
    hole: [Range<usize>; 2],
    /// What covers the hole: the mean before all changes.
    cover: [f32; C],
}

impl<const C: usize> Finish<C> {
    fn new<const LANES: usize>(plane: &Plane<C, LANES>, change: &Change) -> Self {
        let is_covered = change.hole.iter().all(|side| !side.is_empty());
        let cover = |channel| if is_covered { plane.mean(channel) } else { 0.0 };
        Self {
            tone: Tone::new(plane, change),
            colour: Colour { saturation: change.saturation, hue: change.hue },
            hole: change.hole.clone(),
            cover: std::array::from_fn(cover),
        }
    }

    fn apply(&self, row: usize, pixels: &mut [[f32; C]], noise: &mut Option<(f32, Random)>) {
        let [rows, columns] = &self.hole;
        if rows.contains(&row) {
            pixels[columns.clone()].fill(self.cover);
        }
        self.tone.apply(pixels);
        if !self.colour.is_identity() && C == 3 {
            self.colour.apply(pixels.as_flattened_mut().as_chunks_mut::<3>().0);
        }
        if let Some((deviation, random)) = noise {
            for value in pixels.as_flattened_mut() {
                *value = within_a_byte(*value + *deviation * random.normal());
            }
        }
    }
}

/// Light: `gain · value + lift`.
struct Tone<const C: usize> {
    gain: f32,
    lift: [f32; C],
}

impl<const C: usize> Tone<C> {
    /// Contrast is about the mean of each channel, before anything is moved.
    fn new<const LANES: usize>(plane: &Plane<C, LANES>, change: &Change) -> Self {
        let mut lift = [change.brightness; C];
        if change.contrast != 1.0 {
            for (channel, lift) in lift.iter_mut().enumerate() {
                *lift += plane.mean(channel) * (1.0 - change.contrast);
            }
        }
        Self { gain: change.contrast, lift }
    }

    fn apply(&self, pixels: &mut [[f32; C]]) {
        if self.gain == 1.0 && self.lift == [0.0; C] {
            return;
        }
        for pixel in pixels {
            for (value, lift) in pixel.iter_mut().zip(self.lift) {
                *value = within_a_byte(*value * self.gain + lift);
            }
        }
    }
}

#[cfg(test)]
mod tests;

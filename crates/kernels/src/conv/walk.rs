//! Where the rows of a convolution's matrix product lie in memory.
//!
//! Output `(oy, ox)` is the sum over taps of `input[oy · stride + first + tap · step]` along both axes. The input is
//! read in place, or, where taps fall outside, from a copy of some of its lines with zeros around them; no matrix of
//! patches is ever made, which would be larger by the size of the kernel.

use std::ops::Range;

use super::Conv;

/// One axis of a [`Walk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) stride: usize,
    /// The input position of output 0's first tap.
    pub(super) first: isize,
    /// From tap to tap.
    pub(super) step: usize,
    pub(super) taps: usize,
}

impl Axis {
    /// Input positions that `outputs` neighbouring outputs reach over.
    fn reach(&self, outputs: usize) -> usize {
        (outputs.max(1) - 1) * self.stride + (self.taps.max(1) - 1) * self.step + 1
    }

    /// Whether every tap of every output is inside the input.
    fn stays_inside(&self) -> bool {
        self.taps == 0 || self.first >= 0 && self.first as usize + self.reach(self.output) <= self.input
    }
}

/// How output positions find their inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walk {
    /// Along the height and along the width.
    pub(super) axes: [Axis; 2],
    /// Of the input, all groups together.
    pub(super) channels: usize,
    pub(super) groups: usize,
}

impl Walk {
    /// The walk of a forward convolution.
    pub(super) fn forward(conv: &Conv) -> Self {
        let window = &conv.window;
        let axis = |i: usize| Axis {
            input: window.input[i],
            output: window.output[i],
            stride: window.stride[i],
            first: -(window.pad[i] as isize),
            step: window.dilation[i],
            taps: window.kernel[i],
        };
        Self { axes: [axis(0), axis(1)], channels: window.input[2], groups: conv.groups }
    }

    /// Whether every output position reads the input position with the same index.
    pub(super) fn is_plain(&self) -> bool {
        self.groups == 1
            && self.axes.iter().all(|a| a.taps == 1 && a.stride == 1 && a.first == 0 && a.input == a.output)
    }

    /// Whether no input is read at all.
    pub(super) fn has_no_taps(&self) -> bool {
        self.axes.iter().any(|axis| axis.taps == 0)
    }

    /// Whether lines are read from a copy with a border.
    pub(super) fn copies(&self) -> bool {
        !self.has_no_taps() && !self.axes.iter().all(Axis::stays_inside)
    }

    /// Values in one input picture.
    pub(super) fn picture_len(&self) -> usize {
        self.axes[0].input * self.line_len_of(self.axes[1].input)
    }

    fn line_len_of(&self, width: usize) -> usize {
        width * self.channels
    }

    /// Floats from one input line to the next, where they are read.
    pub(super) fn line_len(&self) -> usize {
        let width = if self.copies() { self.axes[1].reach(self.axes[1].output) } else { self.axes[1].input };
        self.line_len_of(width)
    }

    /// Floats from one output line's inputs to the next line's, where they are read.
    pub(super) fn line_step(&self) -> usize {
        self.axes[0].stride * self.line_len()
    }

    /// Floats from one output position's inputs to the next one's.
    pub(super) fn position_step(&self) -> usize {
        self.axes[1].stride * self.channels
    }

    /// Floats that the inputs of `lines` neighbouring output lines take, where they are read.
    pub(super) fn copy_len(&self, lines: usize) -> usize {
        self.axes[0].reach(lines) * self.line_len()
    }

    /// Whether the taps of a line are neighbours in memory, channels and all.
    fn taps_touch(&self) -> bool {
        self.groups == 1 && (self.axes[1].step == 1 || self.axes[1].taps == 1)
    }

    /// Length of the runs of floats that make up a row of one group.
    pub(super) fn segment_len(&self) -> usize {
        if self.taps_touch() { self.axes[1].taps * self.channels } else { self.channels / self.groups }
    }

    /// Where these runs begin, from the row's first tap.
    pub(super) fn segments(&self) -> Offsets {
        let [height, width] = self.axes;
        let along = if self.taps_touch() { 1.min(width.taps) } else { width.taps };
        let taps = (0..height.taps).flat_map(|ty| (0..along).map(move |tx| (ty, tx)));
        taps.map(|(ty, tx)| ty * height.step * self.line_len() + tx * width.step * self.channels).collect()
    }

    /// The index in `x` of the first tap of output line `line` of `picture`, when the input is read in place.
    pub(super) fn in_place(&self, picture: usize, line: usize) -> usize {
        let [height, width] = self.axes;
        let row = height.first as usize + line * height.stride;
        picture * self.picture_len() + row * self.line_len() + width.first as usize * self.channels
    }

    /// Copies what output lines `lines` of `picture` read, with zeros for what is outside, into
    /// [`copy_len`](Self::copy_len) floats of `copy`.
    pub(super) fn copy(&self, x: &[f32], picture: usize, lines: Range<usize>, copy: &mut [f32]) {
        let [height, width] = self.axes;
        let picture = &x[picture * self.picture_len()..(picture + 1) * self.picture_len()];
        let first = height.first + (lines.start * height.stride) as isize;
        let left = width.first.min(0).unsigned_abs() * self.channels;
        let skipped = width.first.max(0) as usize * self.channels;
        let copied_lines = copy[..self.copy_len(lines.len())].chunks_exact_mut(self.line_len());
        for (y, line) in (first..).zip(copied_lines) {
            let source = usize::try_from(y).ok().filter(|y| *y < height.input);
            let Some(y) = source else {
                line.fill(0.0);
                continue;
            };
            let row = self.line_len_of(width.input);
            let row = picture[y * row..(y + 1) * row].get(skipped..).unwrap_or_default();
            let left = left.min(line.len());
            let (before, rest) = line.split_at_mut(left);
            let (inside, after) = rest.split_at_mut(row.len().min(rest.len()));
            before.fill(0.0);
            inside.copy_from_slice(&row[..inside.len()]);
            after.fill(0.0);
        }
    }
}

/// A short list of offsets, without an allocation for the kernels that networks have.
#[derive(Debug, Clone)]
pub(super) struct Offsets {
    few: [usize; Self::FEW],
    many: Vec<usize>,
    count: usize,
}

impl Offsets {
    const FEW: usize = 64;

    pub(super) fn as_slice(&self) -> &[usize] {
        if self.many.is_empty() { &self.few[..self.count] } else { &self.many }
    }
}

impl FromIterator<usize> for Offsets {
    fn from_iter<I: IntoIterator<Item = usize>>(offsets: I) -> Self {
        let mut list = Self { few: [0; Self::FEW], many: Vec::new(), count: 0 };
        for offset in offsets {
            if list.count < Self::FEW {
                list.few[list.count] = offset;
            } else {
                if list.many.is_empty() {
                    list.many.extend(list.few);
                }
                list.many.push(offset);
            }
            list.count += 1;
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(input: usize, output: usize, first: isize, taps: usize) -> Axis {
        Axis { input, output, stride: 1, first, step: 1, taps }
    }

    #[test]
    fn a_copy_has_zeros_around() {
        let walk = Walk { axes: [axis(2, 2, -1, 3), axis(2, 2, -1, 3)], channels: 1, groups: 1 };
        let mut copy = vec![f32::NAN; walk.copy_len(2)];
        walk.copy(&[1.0, 2.0, 3.0, 4.0], 0, 0..2, &mut copy);
        assert_eq!(copy, [0., 0., 0., 0., 0., 1., 2., 0., 0., 3., 4., 0., 0., 0., 0., 0.]);
        assert_eq!(walk.segments().as_slice(), [0, 4, 8]);
    }

    #[test]
    fn a_copy_may_begin_inside_or_far_outside() {
        let walk = Walk { axes: [axis(1, 1, 0, 1), axis(3, 3, 1, 1)], channels: 1, groups: 1 };
        let mut copy = vec![f32::NAN; 3];
        walk.copy(&[1.0, 2.0, 3.0], 0, 0..1, &mut copy);
        assert_eq!(copy, [2.0, 3.0, 0.0]);
        let walk = Walk { axes: [axis(1, 1, 0, 1), axis(3, 2, -5, 1)], channels: 1, groups: 1 };
        walk.copy(&[1.0, 2.0, 3.0], 0, 0..1, &mut copy);
        assert_eq!(copy[..2], [0.0, 0.0]);
    }

    #[test]
    fn offsets_grow() {
        let offsets: Offsets = (0..100).collect();
        assert_eq!(offsets.as_slice(), (0..100).collect::<Vec<_>>());
    }
}

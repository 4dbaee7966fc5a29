//! Which taps of a window meet the other map, along one axis: `input + pad = output · stride + tap · dilation`.

use crate::Window;

/// One axis of a [`Window`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    pad: usize,
}

/// The taps of one position that meet the other map: `first`, `first + step`, …, `count` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taps {
    pub(crate) first: usize,
    pub(crate) step: usize,
    pub(crate) count: usize,
    /// Where the first one is on the other map.
    pub(crate) at: usize,
    /// How far the next one is from there.
    pub(crate) move_by: isize,
}

impl Axis {
    /// Axis 0 (height) or 1 (width) of `window`.
    pub(crate) fn new(window: &Window, axis: usize) -> Self {
        Self {
            input: window.input[axis],
            output: window.output[axis],
            kernel: window.kernel[axis],
            stride: window.stride[axis],
            dilation: window.dilation[axis],
            pad: window.pad[axis],
        }
    }

    /// The taps of an output position that fall on the input.
    pub(crate) fn of_output(&self, output: usize) -> Taps {
        let start = output * self.stride;
        let first = self.pad.saturating_sub(start).div_ceil(self.dilation);
        let end = (self.input + self.pad).saturating_sub(start).div_ceil(self.dilation).min(self.kernel);
        if end <= first {
            return Taps::default();
        }
        let at = start + first * self.dilation - self.pad;
        Taps { first, step: 1, count: end - first, at, move_by: self.dilation as isize }
    }

    /// The taps through which outputs read an input position.
    pub(crate) fn of_input(&self, input: usize) -> Taps {
        let place = input + self.pad;
        let output_of = |tap: usize| {
            let ahead = place.checked_sub(tap * self.dilation)?;
            (ahead.is_multiple_of(self.stride) && ahead / self.stride < self.output)
                .then(|| ahead / self.stride)
        };
        let mut taps = (0..self.kernel).filter_map(|tap| Some((tap, output_of(tap)?)));
        let Some((first, at)) = taps.next() else { return Taps::default() };
        let count = 1 + taps.count();
        // Taps that meet an output come at one distance, because `stride` divides the place only then.
        let step = self.stride / greatest_common_divisor(self.stride, self.dilation);
        Taps { first, step, count, at, move_by: -((step * self.dilation / self.stride) as isize) }
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> impl Iterator<Item = Axis> {
        (1..9).flat_map(|input| {
            (1..4).flat_map(move |kernel| {
                (1..4).flat_map(move |stride| {
                    (1..4).flat_map(move |dilation| {
                        (0..4).map(move |pad| Axis { input, output: 5, kernel, stride, dilation, pad })
                    })
                })
            })
        })
    }

    /// Every (tap, input, output) of the definition.
    fn meetings(axis: Axis) -> Vec<[usize; 3]> {
        let mut meetings = Vec::new();
        for output in 0..axis.output {
            for tap in 0..axis.kernel {
                let place = output * axis.stride + tap * axis.dilation;
                if place >= axis.pad && place - axis.pad < axis.input {
                    meetings.push([tap, place - axis.pad, output]);
                }
            }
        }
        meetings
    }

    fn walk(taps: Taps) -> impl Iterator<Item = (usize, usize)> {
        (0..taps.count).map(move |i| {
            (taps.first + i * taps.step, taps.at.wrapping_add_signed(taps.move_by * i as isize))
        })
    }

    #[test]
    fn both_sides_meet_where_the_definition_says() {
        for axis in axes() {
            let wanted = meetings(axis);
            let of_outputs: Vec<_> = (0..axis.output)
                .flat_map(|output| walk(axis.of_output(output)).map(move |(tap, input)| [tap, input, output]))
                .collect();
            assert_eq!(of_outputs, wanted, "{axis:?}");
            let mut of_inputs: Vec<_> = (0..axis.input)
                .flat_map(|input| walk(axis.of_input(input)).map(move |(tap, output)| [tap, input, output]))
                .collect();
            of_inputs.sort_by_key(|[tap, _, output]| (*output, *tap));
            assert_eq!(of_inputs, wanted, "{axis:?}");
        }
    }
}

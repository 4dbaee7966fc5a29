//! Convolution, NHWC: kernel `[kh, kw, in / groups, filters]`, and its two backwards.
//!
//! All three are matrix products over the patches of the input, which are read where they lie (see `walk`); most 3 × 3
//! ones are computed with fewer multiplications (see `winograd`), and those of small groups as depthwise ones (see
//! `grouped`). The gradient of the input is again a convolution: of `dy` with the kernel turned round, one for each
//! remainder of the input position by the stride, so that no tap meets a zero that the stride put there.

mod backward_input;
mod backward_kernel;
mod correlation;
mod grouped;
mod kept;
#[cfg(test)]
mod reference;
mod walk;
mod winograd;

pub use backward_input::{TransposedFilters, backward_input};
pub use backward_kernel::{backward_kernel, kernel_scratch};
pub use kept::{Parameters, backward_kept, forward_kept, kept_scratch};

use std::ops::Range;

use crate::gemm::Packed;
use crate::gemm::block::Steps;
use crate::{Epilogue, Pool, Window, Write};
use correlation::Correlation;
use grouped::Grouped;
use walk::Walk;
use winograd::{Tiling, Winograd};

/// Channels of a picture, or of what is left of one.
const FEW_CHANNELS: usize = 16;

/// The geometry of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// How the kernel walks over the input.
    pub window: Window,
    /// Output channels.
    pub filters: usize,
    /// Groups of channels that do not see each other.
    pub groups: usize,
}

impl Conv {
    /// Panics on a geometry that no kernel could walk.
    fn check(&self) {
        let Window { stride, dilation, input, .. } = self.window;
        assert!(stride.iter().chain(&dilation).all(|step| *step > 0), "a step of zero: {self:?}");
        let divides = |channels: usize| self.groups > 0 && channels.is_multiple_of(self.groups);
        assert!(divides(input[2]) && divides(self.filters), "uneven groups: {self:?}");
    }

    /// Whether an output row takes in little of the input: one position, or few channels of several. No transform
    /// would help then.
    pub(crate) fn has_short_patches(&self) -> bool {
        self.window.is_pointwise() || self.window.input[2] < FEW_CHANNELS && !winograd::suits(self)
    }

    /// Values of the kernel.
    pub(crate) fn kernel_len(&self) -> usize {
        let [height, width] = self.window.kernel;
        height * width * self.window.input[2] / self.groups * self.filters
    }

    /// Values of one picture's output.
    fn output_len(&self) -> usize {
        self.window.positions() * self.filters
    }
}

/// A kernel laid out for [`forward`].
#[derive(Clone)]
pub struct Filters {
    conv: Conv,
    way: Way,
}

/// How a convolution is computed.
#[derive(Clone)]
enum Way {
    Correlation(Box<Correlation>),
    Winograd(Winograd),
    Grouped(Grouped),
}

impl Filters {
    /// Room for a kernel of `conv`, zero until [`pack`](Self::pack).
    pub fn new(conv: &Conv) -> Self {
        conv.check();
        if winograd::suits(conv) {
            return Self { conv: *conv, way: Way::Winograd(Winograd::new(Tiling::forward(conv))) };
        }
        if grouped::suits(conv) {
            return Self { conv: *conv, way: Way::Grouped(Grouped::ahead(conv)) };
        }
        let steps = Steps::dense(conv.window.output, conv.filters);
        let n = conv.filters / conv.groups;
        Self {
            conv: *conv,
            way: Way::Correlation(Box::new(Correlation::new(Walk::forward(conv), n, 0, steps))),
        }
    }

    /// From Keras's layout `[kh, kw, in / groups, filters]`. Allocates nothing.
    pub fn pack(&mut self, pool: &Pool, kernel: &[f32]) {
        assert_eq!(kernel.len(), self.conv.kernel_len(), "not a kernel of {:?}", self.conv);
        let (filters, n) = (self.conv.filters, self.conv.filters / self.conv.groups);
        let correlation = match &mut self.way {
            Way::Winograd(winograd) => return winograd.pack(pool, kernel),
            Way::Grouped(grouped) => return grouped.pack(kernel),
            Way::Correlation(correlation) => correlation,
        };
        for (group, weights) in correlation.weights.iter_mut().enumerate() {
            weights.fill_rows(pool, |row| &kernel[row * filters + group * n..][..n]);
        }
    }
}

impl Filters {
    /// The convolution that they are for.
    pub(crate) fn conv(&self) -> &Conv {
        &self.conv
    }

    /// Of a convolution that [has short patches](Conv::has_short_patches).
    fn correlation(&self) -> &Correlation {
        match &self.way {
            Way::Correlation(correlation) => correlation,
            Way::Winograd(_) | Way::Grouped(_) => unreachable!("{:?} is transformed", self.conv),
        }
    }

    /// The kernel of a pointwise convolution: a matrix `[in, filters]`.
    pub(super) fn pointwise(&self) -> &Packed {
        &self.correlation().weights[0]
    }

    /// Output lines `lines` of one picture, one after the other into `y`, on this thread; `scratch` has
    /// [`lines_scratch`](Self::lines_scratch) floats. One group and [short patches](Conv::has_short_patches) only.
    /// The residual is laid out as `y`.
    pub(crate) fn lines(
        &self,
        pool: &Pool,
        x: &[f32],
        lines: Range<usize>,
        epilogue: &Epilogue,
        scratch: &mut [f32],
        y: &mut [f32],
    ) {
        self.correlation().lines(pool, x, lines, epilogue, scratch, y);
    }

    /// Floats of scratch for so many output lines at once.
    pub(crate) fn lines_scratch(&self, lines: usize) -> usize {
        self.correlation().lines_scratch(lines)
    }
}

/// `y = epilogue(conv(x))`; `x: [batch, H, W, C]`, `y: [batch, OH, OW, filters]`.
pub fn forward(
    pool: &Pool,
    conv: &Conv,
    batch: usize,
    x: &[f32],
    filters: &Filters,
    epilogue: &Epilogue,
    y: &mut [f32],
) {
    assert_eq!(filters.conv, *conv, "filters of another convolution");
    assert_eq!(x.len(), batch * conv.window.input_len(), "x is not [{batch}, {:?}]", conv.window.input);
    assert_eq!(y.len(), batch * conv.output_len(), "y does not hold {batch} outputs of {conv:?}");
    epilogue.check(conv.filters, y.len(), Write::Set);
    match &filters.way {
        Way::Correlation(correlation) => correlation.run(pool, batch, x, epilogue, Write::Set, y),
        Way::Winograd(winograd) => winograd.run(pool, batch, x, epilogue, Write::Set, y),
        Way::Grouped(grouped) => grouped.forward(pool, batch, x, epilogue, y),
    }
}

#[cfg(test)]
mod tests;

//! Convolution, NHWC: kernel `[kh, kw, in / groups, filters]`, and its two backwards.
//!
//! All three are matrix products over the patches of the input, which are read where they lie (see `walk`); most 3 × 3
//! ones are computed with fewer multiplications (see `winograd`).
//! The gradient of the input is again a convolution: of `dy` with the kernel turned round, one for each remainder of
//! the input position by the stride, so that no tap meets a zero that the stride put there.

mod backward_input;
mod backward_kernel;
mod correlation;
#[cfg(test)]
mod reference;
mod walk;
mod winograd;

pub use backward_input::{TransposedFilters, backward_input};
pub use backward_kernel::{backward_kernel, kernel_scratch};

use crate::gemm::block::Steps;
use crate::{Epilogue, Pool, Window, Write};
use correlation::Correlation;
use walk::Walk;
use winograd::{Tiling, Winograd};

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

    /// Values of the kernel.
    fn kernel_len(&self) -> usize {
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
}

impl Filters {
    /// Room for a kernel of `conv`, zero until [`pack`](Self::pack).
    pub fn new(conv: &Conv) -> Self {
        conv.check();
        if winograd::suits(conv) {
            return Self { conv: *conv, way: Way::Winograd(Winograd::new(Tiling::forward(conv))) };
        }
        let steps = Steps::dense(conv.window.output, conv.filters);
        let n = conv.filters / conv.groups;
        Self {
            conv: *conv,
            way: Way::Correlation(Box::new(Correlation::new(Walk::forward(conv), n, 0, steps))),
        }
    }

    /// From Keras's layout `[kh, kw, in / groups, filters]`. Allocates nothing.
    pub fn pack(&mut self, kernel: &[f32]) {
        assert_eq!(kernel.len(), self.conv.kernel_len(), "not a kernel of {:?}", self.conv);
        let (filters, n) = (self.conv.filters, self.conv.filters / self.conv.groups);
        let correlation = match &mut self.way {
            Way::Winograd(winograd) => return winograd.pack(kernel),
            Way::Correlation(correlation) => correlation,
        };
        for (group, weights) in correlation.weights.iter_mut().enumerate() {
            weights.fill_rows(|row| &kernel[row * filters + group * n..][..n]);
        }
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
    }
}

#[cfg(test)]
mod tests;

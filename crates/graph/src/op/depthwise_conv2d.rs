//! Convolution of each channel by itself, Keras's `DepthwiseConv2D`.

use crate::{Activation, Initializer, Padding};

/// As [`Conv2d`](crate::Conv2d), each channel by itself; kernel `[kh, kw, in, multiplier]`,
/// output channel `c * multiplier + m`.
#[derive(Debug, Clone, PartialEq)]
pub struct DepthwiseConv2d {
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// What happens at the border.
    pub padding: Padding,
    /// Output channels for each input channel.
    pub multiplier: usize,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Applied last.
    pub activation: Activation,
    /// How the kernel starts.
    pub initializer: Initializer,
}

impl DepthwiseConv2d {
    /// A square kernel, stride 1, `valid`, with bias, linear: Keras's defaults.
    pub fn new(kernel: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding::Valid,
            multiplier: 1,
            use_bias: true,
            activation: Activation::Linear,
            initializer: Initializer::GlorotUniform,
        }
    }
    /// The same step along both axes.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }
    /// TensorFlow's "same" padding.
    pub fn same(self) -> Self {
        Self { padding: Padding::Same, ..self }
    }
    /// No bias.
    pub fn no_bias(self) -> Self {
        Self { use_bias: false, ..self }
    }
    /// Another start for the kernel.
    pub fn initializer(self, initializer: Initializer) -> Self {
        Self { initializer, ..self }
    }
}

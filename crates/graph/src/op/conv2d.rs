//! Convolution, Keras's `Conv2D`.

use crate::{Activation, Initializer, Padding};

/// `y = activation(conv(x, kernel) + bias)`; kernel `[kh, kw, in / groups, filters]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv2d {
    /// Output channels.
    pub filters: usize,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// What happens at the border.
    pub padding: Padding,
    /// Channels are cut into this many groups that do not see each other.
    pub groups: usize,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Applied last.
    pub activation: Activation,
    /// How the kernel starts.
    pub initializer: Initializer,
}

impl Conv2d {
    /// A square kernel, stride 1, `valid`, with bias, linear: Keras's defaults.
    pub fn new(filters: usize, kernel: usize) -> Self {
        Self {
            filters,
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding::Valid,
            groups: 1,
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
    /// An activation at the end.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }
    /// Another start for the kernel.
    pub fn initializer(self, initializer: Initializer) -> Self {
        Self { initializer, ..self }
    }
}

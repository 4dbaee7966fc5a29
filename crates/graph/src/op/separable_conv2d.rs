//! Convolution of each channel by itself and then across channels, Keras's `SeparableConv2D`.

use crate::parameter::{Declared, Role};
use crate::{Activation, Initializer, Padding};

/// `y = activation(depthwise(x, depthwise_kernel) · pointwise_kernel + bias)`; depthwise kernel
/// `[kh, kw, in, multiplier]`, pointwise kernel `[1, 1, in * multiplier, filters]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeparableConv2d {
    /// Output channels.
    pub filters: usize,
    /// Kernel height and width of the depthwise part.
    pub kernel: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// What happens at the border.
    pub padding: Padding,
    /// Channels between the two parts for each input channel.
    pub multiplier: usize,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Applied last.
    pub activation: Activation,
    /// How the depthwise kernel starts.
    pub depthwise_initializer: Initializer,
    /// How the pointwise kernel starts.
    pub pointwise_initializer: Initializer,
}

impl SeparableConv2d {
    /// A square kernel, stride 1, `valid`, with bias, linear: Keras's defaults.
    pub fn new(filters: usize, kernel: usize) -> Self {
        Self {
            filters,
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding::Valid,
            multiplier: 1,
            use_bias: true,
            activation: Activation::Linear,
            depthwise_initializer: Initializer::GlorotUniform,
            pointwise_initializer: Initializer::GlorotUniform,
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
    /// Both kernels and the bias.
    pub(super) fn parameters(&self, channels: usize) -> Vec<Option<Declared>> {
        let depthwise = [self.kernel[0], self.kernel[1], channels, self.multiplier];
        let pointwise = [1, 1, channels.saturating_mul(self.multiplier), self.filters];
        vec![
            Some(Declared::new(Role::DepthwiseKernel, depthwise, self.depthwise_initializer)),
            Some(Declared::new(Role::PointwiseKernel, pointwise, self.pointwise_initializer)),
            Declared::bias(self.filters, self.use_bias),
        ]
    }
}

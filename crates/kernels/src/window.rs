//! How a window walks over a feature map.

/// The geometry of a convolution or a pool: where output `(oy, ox)` finds its inputs.
///
/// Input row `oy * stride[0] + ky * dilation[0] - pad[0]`; positions outside the input count as zero
/// (convolutions) or are left out (pools).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Height, width and channels of one input picture.
    pub input: [usize; 3],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// Distance between taps.
    pub dilation: [usize; 2],
    /// Zeros before the first row and the first column.
    pub pad: [usize; 2],
}

impl Window {
    /// Values in one input picture.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Output positions of one picture.
    pub fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Whether every output position is exactly the input position with the same index.
    pub fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.pad == [0, 0] && self.output == self.input[..2]
    }

    /// Width and horizontal stride of a window that the depthwise kernels have tiles for; zeros stand for any other.
    pub(crate) fn known_tiles(&self) -> (usize, usize) {
        let known = matches!(self.kernel[1], 3 | 5 | 7) && matches!(self.stride[1], 1 | 2);
        match known && self.dilation == [1, 1] {
            true => (self.kernel[1], self.stride[1]),
            false => (0, 0),
        }
    }
}

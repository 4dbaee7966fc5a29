//! Keras's `MaxPooling2D` and `AveragePooling2D`.

use crate::Padding;

/// A window that is reduced to one value a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Window height and width.
    pub size: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// What happens at the border; an average counts only what lies inside.
    pub padding: Padding,
}

impl Pool {
    /// A square window that steps by its own size, `valid`: Keras's defaults.
    pub fn new(size: usize) -> Self {
        Self { size: [size; 2], stride: [size; 2], padding: Padding::Valid }
    }
    /// The same step along both axes.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }
    /// TensorFlow's "same" padding.
    pub fn same(self) -> Self {
        Self { padding: Padding::Same, ..self }
    }
}

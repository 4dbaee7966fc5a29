//! Keras's paddings and the output length they give.

/// How a window behaves at the border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Padding {
    /// The window stays inside the picture.
    Valid,
    /// TensorFlow's "same": the output has `ceil(input / stride)` positions, and the odd zero goes to the end.
    Same,
}

impl Padding {
    /// Keras's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Same => "same",
        }
    }

    /// The padding that Keras calls `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Valid, Self::Same].into_iter().find(|p| p.name() == name)
    }

    /// Output positions along one axis and the zeros before its start; `None` when the window does not fit.
    ///
    /// `kernel` is the extent with dilation: `(k - 1) * dilation + 1`.
    pub fn along(self, input: usize, kernel: usize, stride: usize) -> Option<(usize, usize)> {
        match self {
            Self::Valid => (input >= kernel).then(|| ((input - kernel) / stride + 1, 0)),
            Self::Same => {
                let output = input.div_ceil(stride);
                let total = ((output.max(1) - 1) * stride + kernel).saturating_sub(input);
                Some((output, total / 2))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_puts_the_odd_zero_at_the_end() {
        // TensorFlow: 224, kernel 3, stride 2 pads 0 before and 1 after; 225 pads 1 and 1.
        assert_eq!(Padding::Same.along(224, 3, 2), Some((112, 0)));
        assert_eq!(Padding::Same.along(225, 3, 2), Some((113, 1)));
        assert_eq!(Padding::Same.along(7, 5, 1), Some((7, 2)));
        assert_eq!(Padding::Same.along(1, 3, 2), Some((1, 1)));
    }

    #[test]
    fn valid_needs_room() {
        assert_eq!(Padding::Valid.along(28, 3, 1), Some((26, 0)));
        assert_eq!(Padding::Valid.along(2, 3, 1), None);
    }
}

//! Keras's `BatchNormalization` (Ioffe & Szegedy 2015).

/// `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, over all axes but the last.
///
/// In training the mean and the (biased) variance are the batch's, and the moving ones follow:
/// `moving = momentum * moving + (1 - momentum) * batch`.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm {
    /// How slowly the moving figures follow.
    pub momentum: f32,
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether there is a gamma.
    pub scale: bool,
    /// Whether there is a beta.
    pub center: bool,
}

impl Default for BatchNorm {
    /// Keras's defaults.
    fn default() -> Self {
        Self { momentum: 0.99, epsilon: 1e-3, scale: true, center: true }
    }
}

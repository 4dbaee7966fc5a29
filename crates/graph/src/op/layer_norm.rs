//! Keras's `LayerNormalization` (Ba et al. 2016).

/// `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with the mean and the (biased)
/// variance of the last axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNorm {
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether there is a gamma.
    pub scale: bool,
    /// Whether there is a beta.
    pub center: bool,
}

impl Default for LayerNorm {
    /// Keras's defaults.
    fn default() -> Self {
        Self { epsilon: 1e-3, scale: true, center: true }
    }
}

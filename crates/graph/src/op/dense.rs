//! Keras's `Dense`.

use crate::{Activation, Initializer};

/// `y = activation(x · kernel + bias)` along the last axis; kernel `[in, units]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Output values.
    pub units: usize,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Applied last.
    pub activation: Activation,
    /// How the kernel starts.
    pub initializer: Initializer,
}

impl Dense {
    /// With bias, linear: Keras's defaults.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            use_bias: true,
            activation: Activation::Linear,
            initializer: Initializer::GlorotUniform,
        }
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

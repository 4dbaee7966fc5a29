//! What a layer computes, the shape it gives and the parameters it owns.
//!
//! Convolutions and dense layers may end in an activation, as Keras's do, so that a node is one Keras layer.

mod batch_norm;
mod conv2d;
mod dense;
mod depthwise_conv2d;
mod pool;
mod shapes;

pub use batch_norm::BatchNorm;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use depthwise_conv2d::DepthwiseConv2d;
pub use pool::Pool;

use crate::parameter::{Declared, Initializer, Role};
use crate::{Activation, Shape};

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// The picture, as the values 0 to 255 that `Preprocess` gives.
    Input(Shape),
    /// See [`Conv2d`].
    Conv2d(Conv2d),
    /// See [`DepthwiseConv2d`].
    DepthwiseConv2d(DepthwiseConv2d),
    /// See [`Dense`].
    Dense(Dense),
    /// See [`BatchNorm`].
    BatchNorm(BatchNorm),
    /// A function of each value.
    Activation(Activation),
    /// The largest value of each window.
    MaxPool(Pool),
    /// The mean of each window.
    AveragePool(Pool),
    /// The mean over height and width: `[H, W, C]` to `[C]`.
    GlobalAveragePool,
    /// The largest value over height and width: `[H, W, C]` to `[C]`.
    GlobalMaxPool,
    /// The sum of all inputs.
    Add,
    /// The inputs side by side along the last axis.
    Concat,
    /// Zeros around a picture: top, bottom, left, right.
    ZeroPad([usize; 4]),
    /// All values in one row.
    Flatten,
    /// The last axis backwards: RGB to BGR.
    ReverseChannels,
    /// In training, zeroes this share of the values and divides the rest by what is kept.
    Dropout(f32),
    /// `y = x * scale + offset`.
    Rescaling {
        /// Factor.
        scale: f32,
        /// Added after.
        offset: f32,
    },
    /// `y = (x - mean) / sqrt(variance)`, a value a channel.
    Normalization {
        /// `[C]`
        mean: Vec<f32>,
        /// `[C]`
        variance: Vec<f32>,
    },
}

impl Op {
    /// The class names of all ops, for tests that hold a table against the list.
    pub const KERAS_CLASSES: [&'static str; 19] = [
        "InputLayer",
        "Conv2D",
        "DepthwiseConv2D",
        "Dense",
        "BatchNormalization",
        "ReLU",
        "Activation",
        "MaxPooling2D",
        "AveragePooling2D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "Add",
        "Concatenate",
        "ZeroPadding2D",
        "Flatten",
        "Flip",
        "Dropout",
        "Rescaling",
        "Normalization",
    ];

    /// Keras's class name.
    pub fn keras_class(&self) -> &'static str {
        match self {
            Self::Input(_) => "InputLayer",
            Self::Conv2d(_) => "Conv2D",
            Self::DepthwiseConv2d(_) => "DepthwiseConv2D",
            Self::Dense(_) => "Dense",
            Self::BatchNorm(_) => "BatchNormalization",
            Self::Activation(Activation::Relu | Activation::Relu6) => "ReLU",
            Self::Activation(_) => "Activation",
            Self::MaxPool(_) => "MaxPooling2D",
            Self::AveragePool(_) => "AveragePooling2D",
            Self::GlobalAveragePool => "GlobalAveragePooling2D",
            Self::GlobalMaxPool => "GlobalMaxPooling2D",
            Self::Add => "Add",
            Self::Concat => "Concatenate",
            Self::ZeroPad(_) => "ZeroPadding2D",
            Self::Flatten => "Flatten",
            // No layer of Keras's does it, but an operation: `keras.ops.flip(x, axis=-1)`.
            Self::ReverseChannels => "Flip",
            Self::Dropout(_) => "Dropout",
            Self::Rescaling { .. } => "Rescaling",
            Self::Normalization { .. } => "Normalization",
        }
    }

    /// The parameters this op owns, in Keras's order.
    pub(crate) fn parameters(&self, inputs: &[&Shape]) -> Vec<Declared> {
        let channels = inputs.first().map_or(1, |s| s.channels());
        let kernel = |dims: Vec<usize>, initializer| Declared { role: Role::Kernel, dims, initializer };
        let vector = |role, n, initializer| Declared { role, dims: vec![n], initializer };
        match self {
            Self::Conv2d(c) => {
                let dims = vec![c.kernel[0], c.kernel[1], channels / c.groups, c.filters];
                let bias = c.use_bias.then(|| vector(Role::Bias, c.filters, Initializer::Zeros));
                [Some(kernel(dims, c.initializer)), bias].into_iter().flatten().collect()
            }
            Self::DepthwiseConv2d(c) => {
                let dims = vec![c.kernel[0], c.kernel[1], channels, c.multiplier];
                let bias =
                    c.use_bias.then(|| vector(Role::Bias, channels * c.multiplier, Initializer::Zeros));
                [Some(kernel(dims, c.initializer)), bias].into_iter().flatten().collect()
            }
            Self::Dense(d) => {
                let bias = d.use_bias.then(|| vector(Role::Bias, d.units, Initializer::Zeros));
                [Some(kernel(vec![channels, d.units], d.initializer)), bias].into_iter().flatten().collect()
            }
            Self::BatchNorm(b) => [
                b.scale.then(|| vector(Role::Gamma, channels, Initializer::Ones)),
                b.center.then(|| vector(Role::Beta, channels, Initializer::Zeros)),
                Some(vector(Role::MovingMean, channels, Initializer::Zeros)),
                Some(vector(Role::MovingVariance, channels, Initializer::Ones)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;

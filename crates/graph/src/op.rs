//! What a layer computes, the shape it gives and the parameters it owns.
//!
//! Convolutions and dense layers may end in an activation, as Keras's do, so that a node is one Keras layer.

mod batch_norm;
mod conv2d;
mod dense;
mod depthwise_conv2d;
mod layer_norm;
mod pool;
mod separable_conv2d;
mod shapes;

pub use batch_norm::BatchNorm;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use depthwise_conv2d::DepthwiseConv2d;
pub use layer_norm::LayerNorm;
pub use pool::Pool;
pub use separable_conv2d::SeparableConv2d;

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
    /// See [`SeparableConv2d`].
    SeparableConv2d(SeparableConv2d),
    /// See [`Dense`].
    Dense(Dense),
    /// See [`BatchNorm`].
    BatchNorm(BatchNorm),
    /// See [`LayerNorm`].
    LayerNorm(LayerNorm),
    /// `y = x * gamma`, a learned factor a channel (CaiT, Touvron et al. 2021).
    LayerScale {
        /// What every gamma starts from.
        start: f32,
    },
    /// A function of each value.
    Activation(Activation),
    /// The largest value of each window.
    MaxPool(Pool),
    /// The mean of each window.
    AveragePool(Pool),
    /// The mean over height and width: `[H, W, C]` to `[C]`, or to `[1, 1, C]` where the axes are kept.
    GlobalAveragePool {
        /// Whether height and width stay, as 1.
        keepdims: bool,
    },
    /// The largest value over height and width: `[H, W, C]` to `[C]`, or to `[1, 1, C]` where the axes are kept.
    GlobalMaxPool {
        /// Whether height and width stay, as 1.
        keepdims: bool,
    },
    /// The sum of all inputs.
    Add,
    /// `y = a + b * scale`, of two inputs: Inception-ResNet's residuals.
    AddScaled(f32),
    /// The product of two inputs, of one shape or `[H, W, C]` and a factor a channel `[1, 1, C]`, in either order.
    Multiply,
    /// The inputs side by side along the last axis.
    Concat,
    /// Zeros around a picture: top, bottom, left, right.
    ZeroPad([usize; 4]),
    /// A picture without what lies at its border: top, bottom, left, right.
    Crop([usize; 4]),
    /// All values in one row.
    Flatten,
    /// The same values under another shape.
    Reshape(Shape),
    /// The last axis backwards: RGB to BGR.
    ReverseChannels,
    /// In training, zeroes this share of the values and divides the rest by what is kept.
    Dropout(f32),
    /// In training, zeroes this share of the pictures whole and divides the rest by what is kept (Huang et al. 2016).
    StochasticDepth(f32),
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
    /// How its kernels start, if it has some.
    pub(crate) fn set_initializer(&mut self, initializer: Initializer) {
        match self {
            Self::Conv2d(conv) => conv.initializer = initializer,
            Self::DepthwiseConv2d(conv) => conv.initializer = initializer,
            Self::SeparableConv2d(conv) => {
                (conv.depthwise_initializer, conv.pointwise_initializer) = (initializer, initializer);
            }
            Self::Dense(dense) => dense.initializer = initializer,
            _ => {}
        }
    }

    /// The class names of all ops, for tests that hold a table against the list.
    pub const KERAS_CLASSES: [&'static str; 27] = [
        "InputLayer",
        "Conv2D",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "Dense",
        "BatchNormalization",
        "LayerNormalization",
        "LayerScale",
        "ReLU",
        "Activation",
        "MaxPooling2D",
        "AveragePooling2D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "Add",
        "CustomScaleLayer",
        "Multiply",
        "Concatenate",
        "ZeroPadding2D",
        "Cropping2D",
        "Flatten",
        "Reshape",
        "Flip",
        "Dropout",
        "StochasticDepth",
        "Rescaling",
        "Normalization",
    ];

    /// Keras's class name.
    pub fn keras_class(&self) -> &'static str {
        match self {
            Self::Input(_) => "InputLayer",
            Self::Conv2d(_) => "Conv2D",
            Self::DepthwiseConv2d(_) => "DepthwiseConv2D",
            Self::SeparableConv2d(_) => "SeparableConv2D",
            Self::Dense(_) => "Dense",
            Self::BatchNorm(_) => "BatchNormalization",
            Self::LayerNorm(_) => "LayerNormalization",
            Self::LayerScale { .. } => "LayerScale",
            Self::Activation(Activation::Relu | Activation::Relu6) => "ReLU",
            Self::Activation(_) => "Activation",
            Self::MaxPool(_) => "MaxPooling2D",
            Self::AveragePool(_) => "AveragePooling2D",
            Self::GlobalAveragePool { .. } => "GlobalAveragePooling2D",
            Self::GlobalMaxPool { .. } => "GlobalMaxPooling2D",
            Self::Add => "Add",
            Self::AddScaled(_) => "CustomScaleLayer",
            Self::Multiply => "Multiply",
            Self::Concat => "Concatenate",
            Self::ZeroPad(_) => "ZeroPadding2D",
            Self::Crop(_) => "Cropping2D",
            Self::Flatten => "Flatten",
            Self::Reshape(_) => "Reshape",
            // No layer of Keras's does it, but an operation: `keras.ops.flip(x, axis=-1)`.
            Self::ReverseChannels => "Flip",
            Self::Dropout(_) => "Dropout",
            Self::StochasticDepth(_) => "StochasticDepth",
            Self::Rescaling { .. } => "Rescaling",
            Self::Normalization { .. } => "Normalization",
        }
    }

    /// The parameters this op owns, in Keras's order.
    pub(crate) fn parameters(&self, inputs: &[&Shape]) -> Vec<Declared> {
        let channels = inputs.first().map_or(1, |s| s.channels());
        let kernel = |dims: Vec<usize>, initializer| Some(Declared::new(Role::Kernel, dims, initializer));
        let declared = match self {
            Self::Conv2d(c) => {
                let dims = vec![c.kernel[0], c.kernel[1], channels / c.groups, c.filters];
                vec![kernel(dims, c.initializer), Declared::bias(c.filters, c.use_bias)]
            }
            Self::DepthwiseConv2d(c) => {
                let dims = vec![c.kernel[0], c.kernel[1], channels, c.multiplier];
                vec![kernel(dims, c.initializer), Declared::bias(channels * c.multiplier, c.use_bias)]
            }
            Self::SeparableConv2d(c) => c.parameters(channels),
            Self::Dense(d) => {
                vec![kernel(vec![channels, d.units], d.initializer), Declared::bias(d.units, d.use_bias)]
            }
            Self::BatchNorm(b) => {
                let [gamma, beta] = Declared::gamma_and_beta(channels, [b.scale, b.center]);
                let mean = Declared::new(Role::MovingMean, [channels], Initializer::Zeros);
                let variance = Declared::new(Role::MovingVariance, [channels], Initializer::Ones);
                vec![gamma, beta, Some(mean), Some(variance)]
            }
            Self::LayerNorm(n) => Declared::gamma_and_beta(channels, [n.scale, n.center]).into(),
            Self::LayerScale { start } => {
                vec![Some(Declared::new(Role::Gamma, [channels], Initializer::Constant(*start)))]
            }
            _ => Vec::new(),
        };
        declared.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;

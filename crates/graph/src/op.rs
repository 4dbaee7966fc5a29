//! What a layer computes, the shape it gives and the parameters it owns.
//!
//! Convolutions and dense layers may end in an activation, as Keras's do, so that a node is one Keras layer.

use crate::parameter::{Declared, Initializer, Role};
use crate::{Activation, Error, ErrorKind, Padding, Result, Shape};

/// `y = activation(conv(x, kernel) + bias)`; kernel `[kh, kw, in / groups, filters]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv2d {
    /// Output channels.
    pub filters: usize,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// What happens at the border.
    pub padding: Padding,
    /// Channels are cut into this many groups that do not see each other.
    pub groups: usize,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Applied last.
    pub activation: Activation,
    /// How the kernel starts.
    pub initializer: Initializer,
}

impl Conv2d {
    /// A square kernel, stride 1, `valid`, with bias, linear: Keras's defaults.
    pub fn new(filters: usize, kernel: usize) -> Self {
        Self {
            filters,
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding::Valid,
            groups: 1,
            use_bias: true,
            activation: Activation::Linear,
            initializer: Initializer::GlorotUniform,
        }
    }
    /// The same step along both axes.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }
    /// TensorFlow's "same" padding.
    pub fn same(self) -> Self {
        Self { padding: Padding::Same, ..self }
    }
    /// No bias.
    pub fn no_bias(self) -> Self {
        Self { use_bias: false, ..self }
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

/// As [`Conv2d`], each channel by itself; kernel `[kh, kw, in, multiplier]`, output channel `c * multiplier + m`.
#[derive(Debug, Clone, PartialEq)]
pub struct DepthwiseConv2d {
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step along height and width.
    pub stride: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// What happens at the border.
    pub padding: Padding,
    /// Output channels for each input channel.
    pub multiplier: usize,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Applied last.
    pub activation: Activation,
    /// How the kernel starts.
    pub initializer: Initializer,
}

impl DepthwiseConv2d {
    /// A square kernel, stride 1, `valid`, with bias, linear: Keras's defaults.
    pub fn new(kernel: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding::Valid,
            multiplier: 1,
            use_bias: true,
            activation: Activation::Linear,
            initializer: Initializer::GlorotUniform,
        }
    }
    /// The same step along both axes.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }
    /// TensorFlow's "same" padding.
    pub fn same(self) -> Self {
        Self { padding: Padding::Same, ..self }
    }
    /// No bias.
    pub fn no_bias(self) -> Self {
        Self { use_bias: false, ..self }
    }
    /// Another start for the kernel.
    pub fn initializer(self, initializer: Initializer) -> Self {
        Self { initializer, ..self }
    }
}

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
    pub const KERAS_CLASSES: [&'static str; 18] = [
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
            Self::Dropout(_) => "Dropout",
            Self::Rescaling { .. } => "Rescaling",
            Self::Normalization { .. } => "Normalization",
        }
    }

    /// The shape this op gives for its inputs' shapes.
    pub(crate) fn output_shape(&self, layer: &str, inputs: &[&Shape]) -> Result<Shape> {
        let place = Place { layer, op: self };
        place.check_values()?;
        let first = match (self, inputs) {
            (Self::Input(shape), []) => return place.checked(shape.clone()),
            (Self::Add, [a, rest @ ..]) if !rest.is_empty() && rest.iter().all(|b| b == a) => a,
            (Self::Concat, [a, _, ..]) => return place.concat(a, inputs),
            (Self::Add | Self::Concat | Self::Input(_), _) => {
                return Err(place.shape("two or more inputs of fitting shapes", inputs));
            }
            (_, [one]) => *one,
            _ => return Err(place.shape("one input", inputs)),
        };
        let map = || first.as_map().ok_or_else(|| place.shape("a feature map (H, W, C)", inputs));
        let shape = match self {
            Self::Conv2d(c) => {
                let [h, w, channels] = map()?;
                if channels % c.groups != 0 || c.filters % c.groups != 0 {
                    return Err(place.shape("channels and filters that the groups divide", inputs));
                }
                let [h, w] = place.window([h, w], c.kernel, c.dilation, c.stride, c.padding)?;
                Shape::from([h, w, c.filters])
            }
            Self::DepthwiseConv2d(c) => {
                let [h, w, channels] = map()?;
                let [h, w] = place.window([h, w], c.kernel, c.dilation, c.stride, c.padding)?;
                Shape::from([h, w, channels.saturating_mul(c.multiplier)])
            }
            Self::MaxPool(p) | Self::AveragePool(p) => {
                let [h, w, channels] = map()?;
                let [h, w] = place.window([h, w], p.size, [1; 2], p.stride, p.padding)?;
                Shape::from([h, w, channels])
            }
            Self::Dense(d) => {
                let mut dims = first.dims().to_vec();
                match dims.last_mut() {
                    Some(last) => *last = d.units,
                    None => return Err(place.shape("at least one axis", inputs)),
                }
                Shape::new(dims)
            }
            Self::GlobalAveragePool | Self::GlobalMaxPool => Shape::from([map()?[2]]),
            Self::ZeroPad([top, bottom, left, right]) => {
                let [h, w, channels] = map()?;
                let grown = |a: usize, b: &usize, c: &usize| a.saturating_add(*b).saturating_add(*c);
                Shape::from([grown(h, top, bottom), grown(w, left, right), channels])
            }
            Self::Flatten => Shape::from([first.elements()]),
            Self::Normalization { mean, variance } => {
                if mean.len() != first.channels() || variance.len() != first.channels() {
                    return Err(place.shape("as many channels as there are means and variances", inputs));
                }
                first.clone()
            }
            _ => first.clone(),
        };
        place.checked(shape)
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

/// A layer being checked, for messages that say where.
struct Place<'a> {
    layer: &'a str,
    op: &'a Op,
}

/// No tensor of one picture may have more values than this (4 GiB of float32): a hostile file stops here.
const MOST_ELEMENTS: usize = 1 << 30;

impl Place<'_> {
    fn shape(&self, expected: &str, received: &[&Shape]) -> Error {
        let received: Vec<String> = received.iter().map(ToString::to_string).collect();
        let received = if received.is_empty() { "no input".into() } else { received.join(" and ") };
        let (layer, class) = (self.layer, self.op.keras_class());
        Error::new(
            ErrorKind::Shape,
            format!("layer {layer} ({class}): expected {expected}, received {received}"),
        )
    }

    fn value(&self, message: &str) -> Error {
        let (layer, class) = (self.layer, self.op.keras_class());
        Error::new(ErrorKind::Value, format!("layer {layer} ({class}): {message}"))
    }

    fn checked(&self, shape: Shape) -> Result<Shape> {
        match shape.elements() {
            0 => Err(self.value(&format!("its output {shape} is empty"))),
            n if n > MOST_ELEMENTS => Err(self.value(&format!("its output {shape} is too large"))),
            _ => Ok(shape),
        }
    }

    fn check_values(&self) -> Result<()> {
        let positive = |what: &str, values: &[usize]| match values.iter().any(|&v| v == 0 || v > 1 << 24) {
            true => Err(self.value(&format!("{what} {values:?} must be positive (and at most 2^24)"))),
            false => Ok(()),
        };
        match self.op {
            Op::Conv2d(c) => {
                positive("filters and groups", &[c.filters, c.groups])?;
                positive("kernel, stride and dilation", &[c.kernel, c.stride, c.dilation].concat())
            }
            Op::DepthwiseConv2d(c) => {
                positive("depth multiplier", &[c.multiplier])?;
                positive("kernel, stride and dilation", &[c.kernel, c.stride, c.dilation].concat())
            }
            Op::MaxPool(p) | Op::AveragePool(p) => {
                positive("window and stride", &[p.size, p.stride].concat())
            }
            Op::Dense(d) => positive("units", &[d.units]),
            Op::Dropout(rate) if !(0.0..1.0).contains(rate) => {
                Err(self.value(&format!("rate {rate} must be at least 0 and below 1")))
            }
            Op::BatchNorm(b) if !(b.epsilon > 0.0 && (0.0..=1.0).contains(&b.momentum)) => {
                Err(self.value(&format!("epsilon {} or momentum {} is out of range", b.epsilon, b.momentum)))
            }
            _ => Ok(()),
        }
    }

    fn window(
        &self,
        input: [usize; 2],
        kernel: [usize; 2],
        dilation: [usize; 2],
        stride: [usize; 2],
        padding: Padding,
    ) -> Result<[usize; 2]> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let extent = (kernel[axis] - 1).saturating_mul(dilation[axis]) + 1;
            let along = padding.along(input[axis], extent, stride[axis]);
            output[axis] = along
                .ok_or_else(|| {
                    self.value(&format!(
                        "a window of {extent} does not fit an input of {} × {}: use larger pictures",
                        input[0], input[1]
                    ))
                })?
                .0;
        }
        Ok(output)
    }

    fn concat(&self, first: &Shape, inputs: &[&Shape]) -> Result<Shape> {
        let outer = |s: &Shape| s.dims().split_last().map(|(_, outer)| outer.to_vec());
        if inputs.iter().any(|s| outer(s) != outer(first)) {
            return Err(self.shape("inputs that differ in the last axis only", inputs));
        }
        let mut dims = first.dims().to_vec();
        if let Some(last) = dims.last_mut() {
            *last = inputs.iter().map(|s| s.channels()).sum();
        }
        self.checked(Shape::new(dims))
    }
}

#[cfg(test)]
mod tests;

//! The table of parameters: what a layer learns or gathers, its shape and how it starts.

use std::str::FromStr;

use crate::{Error, ErrorKind, NodeId, Result, Shape};

/// A parameter's place in its graph's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(pub(crate) usize);

impl ParameterId {
    /// Its index in [`crate::Graph::parameters`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// What a parameter is to its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Weights of a convolution or a dense layer.
    Kernel,
    /// Weights of a separable convolution's first part.
    DepthwiseKernel,
    /// Weights of a separable convolution's second part.
    PointwiseKernel,
    /// Added to the output.
    Bias,
    /// A norm's factor.
    Gamma,
    /// A norm's offset.
    Beta,
    /// Batch norm's moving mean.
    MovingMean,
    /// Batch norm's moving variance.
    MovingVariance,
}

impl Role {
    /// Keras's variable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::DepthwiseKernel => "depthwise_kernel",
            Self::PointwiseKernel => "pointwise_kernel",
            Self::Bias => "bias",
            Self::Gamma => "gamma",
            Self::Beta => "beta",
            Self::MovingMean => "moving_mean",
            Self::MovingVariance => "moving_variance",
        }
    }

    /// Whether it is the weights of a convolution or a dense layer.
    pub fn is_kernel(self) -> bool {
        matches!(self, Self::Kernel | Self::DepthwiseKernel | Self::PointwiseKernel)
    }

    /// Whether an optimizer may change it; the moving figures follow the batches instead.
    pub fn is_learned(self) -> bool {
        !matches!(self, Self::MovingMean | Self::MovingVariance)
    }
}

/// How a parameter starts, under Keras's names; [`FromStr`] reads those of [`Initializer::NAMES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initializer {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// All this.
    Constant(f32),
    /// Normal with this deviation around 0, cut at two deviations.
    TruncatedNormal(f32),
    /// Normal with this deviation around 0.
    RandomNormal(f32),
    /// Uniform within ± this.
    RandomUniform(f32),
    /// Uniform within `± sqrt(3 / fan_in)` (LeCun et al. 1998).
    LecunUniform,
    /// Truncated normal with deviation `sqrt(1 / fan_in)`.
    LecunNormal,
    /// This times a matrix whose rows, or columns where they are fewer, are at right angles and of length 1 (Saxe et
    /// al. 2014): the last axis against all others.
    Orthogonal(f32),
    /// Uniform within `± sqrt(6 / (fan_in + fan_out))` (Glorot & Bengio 2010).
    GlorotUniform,
    /// Truncated normal with deviation `sqrt(2 / (fan_in + fan_out))`.
    GlorotNormal,
    /// Uniform within `± sqrt(6 / fan_in)` (He et al. 2015).
    HeUniform,
    /// Truncated normal with deviation `sqrt(2 / fan_in)`.
    HeNormal,
    /// Uniform within `± sqrt(3 * scale / fan_out)`: Keras's `VarianceScaling` of this scale and mode.
    FanOutUniform(f32),
    /// Truncated normal with deviation `sqrt(scale / fan_out)`: Keras's `VarianceScaling` of this scale and mode.
    FanOutNormal(f32),
}

impl Initializer {
    /// Keras's names, each with what its value stands for where it has one.
    pub const NAMES: [&str; 12] = [
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "lecun_uniform",
        "lecun_normal",
        "random_normal",
        "random_uniform",
        "truncated_normal",
        "orthogonal",
        "zeros",
        "ones",
    ];
}

/// As `he_normal` or `HeNormal`, with Keras's default for its value; or `truncated_normal=0.02`.
impl FromStr for Initializer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let wrong = |message: String| Error::new(ErrorKind::Value, message);
        let number = |default: f32| match value.map_or(Ok(default), str::parse::<f32>) {
            Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
            _ => Err(wrong(format!("{text}: expected a number above 0 after {name}="))),
        };
        let found = match crate::known_as(name, &Self::NAMES, &[]).unwrap_or(name) {
            // Keras's defaults of deviation, bound and gain.
            "random_normal" => return number(0.05).map(Self::RandomNormal),
            "random_uniform" => return number(0.05).map(Self::RandomUniform),
            "truncated_normal" => return number(0.05).map(Self::TruncatedNormal),
            "orthogonal" => return number(1.0).map(Self::Orthogonal),
            "glorot_uniform" => Self::GlorotUniform,
            "glorot_normal" => Self::GlorotNormal,
            "he_uniform" => Self::HeUniform,
            "he_normal" => Self::HeNormal,
            "lecun_uniform" => Self::LecunUniform,
            "lecun_normal" => Self::LecunNormal,
            "zeros" => Self::Zeros,
            "ones" => Self::Ones,
            _ => {
                let choices = crate::choices(name, &Self::NAMES);
                return Err(Error::new(
                    ErrorKind::UnknownName,
                    format!("{name}: there is no such initializer; {choices}"),
                ));
            }
        };
        match value {
            None => Ok(found),
            Some(_) => Err(wrong(format!("{text}: {name} has no value of its own"))),
        }
    }
}

/// A row of the table of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Layer and variable, as `Conv1/kernel`.
    pub name: String,
    /// The layer it belongs to.
    pub node: NodeId,
    /// What it is to its layer.
    pub role: Role,
    /// Its shape, in Keras's layout.
    pub shape: Shape,
    /// How it starts.
    pub initializer: Initializer,
    /// Where it starts in the flat buffer of [`crate::Weights`].
    pub offset: usize,
}

impl Parameter {
    /// The number of values.
    pub fn len(&self) -> usize {
        self.shape.elements()
    }

    /// Whether there are none; a checked graph has no such parameter.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its place in the flat buffer of [`crate::Weights`].
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// What an op says of a parameter before it has a name and a place.
pub(crate) struct Declared {
    pub(crate) role: Role,
    pub(crate) dims: Vec<usize>,
    pub(crate) initializer: Initializer,
}

impl Declared {
    pub(crate) fn new(role: Role, dims: impl Into<Vec<usize>>, initializer: Initializer) -> Self {
        Self { role, dims: dims.into(), initializer }
    }

    /// A bias of `length` values, if there is one.
    pub(crate) fn bias(length: usize, use_bias: bool) -> Option<Self> {
        use_bias.then(|| Self::new(Role::Bias, [length], Initializer::Zeros))
    }

    /// A norm's factor and offset, those that it has.
    pub(crate) fn gamma_and_beta(length: usize, [scale, center]: [bool; 2]) -> [Option<Self>; 2] {
        [
            scale.then(|| Self::new(Role::Gamma, [length], Initializer::Ones)),
            center.then(|| Self::new(Role::Beta, [length], Initializer::Zeros)),
        ]
    }
}

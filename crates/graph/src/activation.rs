//! The functions applied value by value (softmax: along the last axis), under Keras's names.

/// An activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x`
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, 0), 6)`
    Relu6,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `tanh(x)`
    Tanh,
    /// `x * sigmoid(x)`, also called SiLU
    Swish,
    /// `exp(x) / sum(exp(x))` along the last axis
    Softmax,
}

impl Activation {
    /// Every activation, for tests and for messages that list what exists.
    pub const ALL: [Self; 7] =
        [Self::Linear, Self::Relu, Self::Relu6, Self::Sigmoid, Self::Tanh, Self::Swish, Self::Softmax];

    /// Keras's name, as `relu6`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Relu6 => "relu6",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Swish => "silu",
            Self::Softmax => "softmax",
        }
    }

    /// The activation that Keras calls `name`; `swish` and `silu` are the same one.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "swish" {
            return Some(Self::Swish);
        }
        Self::ALL.into_iter().find(|a| a.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for activation in Activation::ALL {
            assert_eq!(Activation::from_name(activation.name()), Some(activation));
        }
        assert_eq!(Activation::from_name("swish"), Some(Activation::Swish));
        assert_eq!(Activation::from_name("exec"), None);
    }
}

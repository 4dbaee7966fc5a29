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
    /// `min(max(x + 3, 0), 6) / 6`
    HardSigmoid,
    /// `x * hard_sigmoid(x)`, also called hard SiLU
    HardSwish,
    /// `x * Φ(x)` with the normal distribution function Φ: the exact one, not its approximation by tanh
    Gelu,
    /// `exp(x) / sum(exp(x))` along the last axis
    Softmax,
}

impl Activation {
    /// Every activation, for tests and for messages that list what exists.
    pub const ALL: [Self; 10] = [
        Self::Linear,
        Self::Relu,
        Self::Relu6,
        Self::Sigmoid,
        Self::Tanh,
        Self::Swish,
        Self::HardSigmoid,
        Self::HardSwish,
        Self::Gelu,
        Self::Softmax,
    ];

    /// Keras's name, as `relu6`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Relu6 => "relu6",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Swish => "silu",
            Self::HardSigmoid => "hard_sigmoid",
            Self::HardSwish => "hard_silu",
            Self::Gelu => "gelu",
            Self::Softmax => "softmax",
        }
    }

    /// The activation that Keras calls `name`; `swish` and `silu` are the same one.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "swish" => "silu",
            "hard_swish" => "hard_silu",
            name => name,
        };
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
        assert_eq!(Activation::from_name("hard_swish"), Some(Activation::HardSwish));
        assert_eq!(Activation::from_name("exec"), None);
    }
}

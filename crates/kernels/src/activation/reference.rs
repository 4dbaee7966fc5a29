//! The activations in float64, from their definitions.

use super::Activation;

/// `f(x)`
pub(crate) fn value(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Linear => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Tanh => x.tanh(),
        Activation::Swish => x / (1.0 + (-x).exp()),
        Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Gelu => x * normal(x),
    }
}

/// `f'(x)`, zero at the corners of clamps.
pub(crate) fn slope(activation: Activation, x: f64) -> f64 {
    let within = |low: f64, high: f64| f64::from(x > low && x < high);
    let sigmoid = 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Linear => 1.0,
        Activation::Relu => within(0.0, f64::INFINITY),
        Activation::Relu6 => within(0.0, 6.0),
        Activation::Sigmoid => sigmoid * (1.0 - sigmoid),
        Activation::Tanh => 1.0 - x.tanh().powi(2),
        Activation::Swish => sigmoid + x * sigmoid * (1.0 - sigmoid),
        Activation::HardSigmoid => within(-3.0, 3.0) / 6.0,
        Activation::HardSwish => value(Activation::HardSigmoid, x) + x * within(-3.0, 3.0) / 6.0,
        Activation::Gelu => normal(x) + x * density(x),
    }
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

/// The normal distribution function: a series near zero (Marsaglia 2004), Laplace's continued fraction below.
fn normal(x: f64) -> f64 {
    if x > 0.0 {
        return 1.0 - normal(-x);
    }
    if x > -4.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        return 0.5 + density(x) * sum;
    }
    density(x) / (1..200).rev().fold(-x, |rest, n| -x + f64::from(n) / rest)
}

//! Arithmetic on tensors in a functional model, as `x / 127.5 - 1`: Keras's operations, which are no layers.

use graph::{Activation, Op, Shape};

use super::super::model::{Argument, Layer};
use super::check_last_axis;
use crate::Result;

/// What the operation that Keras 3 calls `class` is to the arguments of `layer`.
pub(super) fn read(class: &str, layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    use Argument::{Layer, Number};
    let rescaling = |scale: f64, offset: f64| Op::Rescaling { scale: scale as f32, offset: offset as f32 };
    Ok(match (class, layer.arguments.as_slice()) {
        ("Add", [Layer(_), Layer(_)]) => Op::Add,
        ("Add", [Layer(_), Number(n)] | [Number(n), Layer(_)]) => rescaling(1.0, *n),
        ("Subtract", [Layer(_), Number(n)]) => rescaling(1.0, -n),
        ("Subtract", [Number(n), Layer(_)]) => rescaling(-1.0, *n),
        ("Multiply", [Layer(_), Layer(_)]) => Op::Multiply,
        ("Multiply", [Layer(_), Number(n)] | [Number(n), Layer(_)]) => rescaling(*n, 0.0),
        ("TrueDivide" | "Divide", [Layer(_), Number(n)]) if *n != 0.0 => rescaling(1.0 / n, 0.0),
        ("Negative", [Layer(_)]) => rescaling(-1.0, 0.0),
        ("Flip", [Layer(_)]) if layer.config.get("axis").is_some() => {
            check_last_axis(layer, inputs)?;
            Op::ReverseChannels
        }
        ("Gelu", [Layer(_)]) => {
            // Keras's operation is the approximation by tanh unless it says otherwise; the activation is exact.
            match layer.config.is_on("approximate")? {
                false => Op::Activation(Activation::Gelu),
                true => {
                    return Err(layer.config.unsupported("Gelu with approximate = true is not supported"));
                }
            }
        }
        (_, [Layer(_)]) => match activation(class) {
            Some(activation) => Op::Activation(activation),
            None => return Err(refused(class, layer)),
        },
        _ => return Err(refused(class, layer)),
    })
}

fn activation(class: &str) -> Option<Activation> {
    Some(match class {
        "Relu" => Activation::Relu,
        "Relu6" => Activation::Relu6,
        "Sigmoid" => Activation::Sigmoid,
        "Tanh" => Activation::Tanh,
        "Silu" => Activation::Swish,
        "HardSigmoid" => Activation::HardSigmoid,
        "HardSilu" => Activation::HardSwish,
        _ => return None,
    })
}

fn refused(class: &str, layer: &Layer<'_>) -> crate::Error {
    layer.config.unsupported(format!("the operation {class} is not supported with these arguments"))
}

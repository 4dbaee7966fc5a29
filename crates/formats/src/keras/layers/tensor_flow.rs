//! Keras 2's `TFOpLambda` and `SlicingOpLambda`: a function of TensorFlow in a functional model, known by its name.
//!
//! `preprocess_input` of its applications and `x * 2` become such layers.

use graph::{Activation, Op, Shape};
use serde_json::{Value, json};

use super::super::model::Layer;
use super::operations;
use crate::Result;

/// Whether a layer of `class` is such a function.
pub(in super::super) fn is_such(class: &str) -> bool {
    matches!(class, "TFOpLambda" | "SlicingOpLambda")
}

pub(super) fn read(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    let function = layer.config.text("function")?;
    let keyword = |name: &str| layer.keywords.and_then(|keywords| keywords.get(name));
    let refused =
        || layer.config.unsupported(format!("TensorFlow's {function} is not supported with these arguments"));
    let class = match function {
        "math.add" | "__operators__.add" => "Add",
        "math.subtract" | "__operators__.sub" => "Subtract",
        "math.multiply" | "__operators__.mul" => "Multiply",
        "math.truediv" | "math.divide" | "__operators__.truediv" => "TrueDivide",
        "math.negative" => "Negative",
        "nn.relu" => "Relu",
        "nn.relu6" => "Relu6",
        "nn.silu" => "Silu",
        "nn.sigmoid" | "math.sigmoid" => "Sigmoid",
        "nn.tanh" | "math.tanh" => "Tanh",
        "nn.gelu" if !matches!(keyword("approximate"), Some(Value::Bool(true))) => {
            return Ok(Op::Activation(Activation::Gelu));
        }
        "nn.bias_add" => return keyword("bias").and_then(|bias| centering(bias, inputs)).ok_or_else(refused),
        "__operators__.getitem" if keyword("slice_spec").is_some_and(is_reversal) => {
            return Ok(Op::ReverseChannels);
        }
        _ => return Err(refused()),
    };
    operations::read(class, layer, inputs)
}

/// A number added to each channel.
fn centering(bias: &Value, inputs: &[&Shape]) -> Option<Op> {
    let number = |value: &Value| value.as_f64().map(|number| -number as f32).filter(|n| n.is_finite());
    let mean = bias.as_array()?.iter().map(number).collect::<Option<Vec<f32>>>()?;
    let channels = inputs.first()?.channels();
    (mean.len() == channels).then(|| Op::Normalization { variance: vec![1.0; channels], mean })
}

/// `x[..., ::-1]`
fn is_reversal(slices: &Value) -> bool {
    *slices == json!([{"class_name": "__ellipsis__"}, {"start": null, "stop": null, "step": -1}])
}

//! `Activation`, `ReLU` and `Softmax`, and the activations at the end of other layers.

use graph::{Activation, Op, Shape};
use serde_json::{Value, json};

use super::super::fields::brief;
use super::super::model::Layer;
use super::check_last_axis;
use crate::Result;

/// An activation by name, or as a function of Keras by name; linear where there is none.
pub(super) fn read(layer: &Layer<'_>) -> Result<Activation> {
    let Some(value) = layer.config.get("activation") else { return Ok(Activation::Linear) };
    let name = match value.get("class_name").and_then(Value::as_str) {
        Some("function") => value.get("config").and_then(Value::as_str),
        _ => value.as_str(),
    };
    if layer.is_of_keras_2 && name == Some("hard_sigmoid") {
        return Err(layer.config.unsupported(
            "Keras 2's hard_sigmoid is clip(0.2 x + 0.5), which is not supported; Keras 3's is another function",
        ));
    }
    name.and_then(Activation::from_name).ok_or_else(|| {
        let known = Activation::ALL.map(Activation::name).join(", ");
        let name = name.map_or_else(|| brief(value), str::to_owned);
        layer.config.unsupported(format!("activation {name} is not supported; {known} are"))
    })
}

pub(super) fn read_relu(layer: &Layer<'_>) -> Result<Op> {
    let config = &layer.config;
    config.must_be_off("negative_slope")?;
    config.must_be_off("threshold")?;
    match config.get("max_value").map(Value::as_f64) {
        None => Ok(Op::Activation(Activation::Relu)),
        Some(Some(6.0)) => Ok(Op::Activation(Activation::Relu6)),
        Some(_) => Err(config.unsupported("a max_value is not supported; 6 and none are")),
    }
}

pub(super) fn read_softmax(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    check_last_axis(layer, inputs)?;
    Ok(Op::Activation(Activation::Softmax))
}

pub(super) fn write(activation: Activation) -> Value {
    let relu = |max_value: Value| json!({"max_value": max_value, "negative_slope": 0.0, "threshold": 0.0});
    match activation {
        Activation::Relu => relu(Value::Null),
        Activation::Relu6 => relu(json!(6.0)),
        other => json!({"activation": other.name()}),
    }
}

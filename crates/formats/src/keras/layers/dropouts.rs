//! `Dropout`, of single values or of whole pictures.

use graph::{Op, Shape};
use serde_json::{Value, json};

use super::super::model::Layer;
use super::super::number;
use crate::Result;

/// A noise shape of the batch and ones drops whole pictures: Keras's EfficientNet has its stochastic depth so.
pub(super) fn read(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    let rate = layer.config.number("rate")?;
    let Some(noise) = layer.config.get("noise_shape") else { return Ok(Op::Dropout(rate)) };
    match inputs {
        [input] if *noise == whole_pictures(input) => Ok(Op::StochasticDepth(rate)),
        _ => Err(layer.config.unsupported("a noise_shape is not supported, but for [None, 1, 1, 1]")),
    }
}

pub(super) fn write(rate: f32, noise_shape: Value) -> Value {
    json!({"rate": number::write(rate), "seed": null, "noise_shape": noise_shape})
}

/// The noise shape that has one value for each picture of `shape`.
pub(super) fn whole_pictures(shape: &Shape) -> Value {
    std::iter::once(Value::Null).chain(shape.dims().iter().map(|_| json!(1))).collect()
}

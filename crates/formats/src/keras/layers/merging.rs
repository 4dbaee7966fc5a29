//! `Concatenate`, and Inception-ResNet's `CustomScaleLayer`. `Add` and `Multiply` have nothing of their own.

use graph::{Op, Shape};
use serde_json::{Value, json};

use super::super::model::Layer;
use super::super::number;
use super::check_last_axis;
use crate::Result;

pub(super) fn read_concat(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    check_last_axis(layer, inputs)?;
    Ok(Op::Concat)
}

pub(super) fn write_concat() -> Value {
    json!({"axis": -1})
}

/// `a + b * scale`.
pub(super) fn read_scaled(layer: &Layer<'_>) -> Result<Op> {
    Ok(Op::AddScaled(layer.config.number("scale")?))
}

pub(super) fn write_scaled(scale: f32) -> Value {
    json!({"scale": number::write(scale)})
}

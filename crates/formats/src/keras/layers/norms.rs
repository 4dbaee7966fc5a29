//! `BatchNormalization`, `LayerNormalization` and ConvNeXt's `LayerScale`.

use graph::{BatchNorm, LayerNorm, Op, Shape};
use serde_json::{Value, json};

use super::super::model::Layer;
use super::super::number;
use super::check_last_axis;
use crate::Result;

pub(super) fn read_batch_norm(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    check_last_axis(layer, inputs)?;
    layer.config.must_be_off("renorm")?;
    layer.config.must_be_off("virtual_batch_size")?;
    Ok(Op::BatchNorm(BatchNorm {
        momentum: layer.config.number("momentum")?,
        epsilon: layer.config.number("epsilon")?,
        scale: layer.config.is_on("scale")?,
        center: layer.config.is_on("center")?,
    }))
}

pub(super) fn write_batch_norm(norm: &BatchNorm) -> Value {
    json!({
        "axis": -1,
        "momentum": number::write(norm.momentum),
        "epsilon": number::write(norm.epsilon),
        "center": norm.center,
        "scale": norm.scale,
    })
}

pub(super) fn read_layer_norm(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    check_last_axis(layer, inputs)?;
    layer.config.must_be_off("rms_scaling")?;
    Ok(Op::LayerNorm(LayerNorm {
        epsilon: layer.config.number("epsilon")?,
        scale: layer.config.is_on("scale")?,
        center: layer.config.is_on("center")?,
    }))
}

pub(super) fn write_layer_norm(norm: &LayerNorm) -> Value {
    json!({
        "axis": -1,
        "epsilon": number::write(norm.epsilon),
        "center": norm.center,
        "scale": norm.scale,
    })
}

/// A factor a channel; Keras's has a size of its own, which must be the channels'.
pub(super) fn read_layer_scale(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    let config = &layer.config;
    let channels = inputs.first().map_or(0, |shape| shape.channels());
    match config.whole("projection_dim")? {
        size if size == channels => Ok(Op::LayerScale { start: config.number("init_values")? }),
        size => Err(config.unsupported(format!("a projection_dim of {size} on {channels} channels"))),
    }
}

pub(super) fn write_layer_scale(start: f32, shape: &Shape) -> Value {
    json!({"init_values": number::write(start), "projection_dim": shape.channels()})
}

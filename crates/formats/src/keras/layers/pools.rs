//! `MaxPooling2D` and `AveragePooling2D`, and what their global kin have of their own.

use graph::Pool;
use serde_json::{Value, json};

use super::super::model::Layer;
use super::padding;
use crate::Result;

pub(super) fn read(layer: &Layer<'_>) -> Result<Pool> {
    let size = layer.config.wholes("pool_size")?;
    Ok(Pool { size, stride: layer.config.wholes_or("strides", size)?, padding: padding(layer)? })
}

pub(super) fn write(pool: &Pool) -> Value {
    json!({
        "pool_size": pool.size,
        "padding": pool.padding.name(),
        "strides": pool.stride,
        "data_format": "channels_last",
    })
}

/// Whether a global pool keeps height and width; Keras before 2.6 does not say, and does not.
pub(super) fn read_keepdims(layer: &Layer<'_>) -> Result<bool> {
    layer.config.is_switched_on("keepdims")
}

pub(super) fn write_keepdims(keepdims: bool) -> Value {
    json!({"data_format": "channels_last", "keepdims": keepdims})
}

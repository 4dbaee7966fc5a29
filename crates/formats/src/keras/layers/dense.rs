//! `Dense`.

use graph::{Dense, Initializer, Op};
use serde_json::{Value, json};

use super::super::initializer;
use super::super::model::Layer;
use super::activations;
use crate::Result;

pub(super) fn read(layer: &Layer<'_>) -> Result<Op> {
    let config = &layer.config;
    Ok(Op::Dense(Dense {
        units: config.whole("units")?,
        use_bias: config.is_on("use_bias")?,
        activation: activations::read(layer)?,
        initializer: initializer::read(config, "kernel_initializer"),
    }))
}

pub(super) fn write(dense: &Dense) -> Value {
    json!({
        "units": dense.units,
        "activation": dense.activation.name(),
        "use_bias": dense.use_bias,
        "kernel_initializer": initializer::write(dense.initializer),
        "bias_initializer": initializer::write(Initializer::Zeros),
    })
}

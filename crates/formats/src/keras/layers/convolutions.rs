//! `Conv2D`, `DepthwiseConv2D` and `SeparableConv2D`.

use graph::{Conv2d, DepthwiseConv2d, Initializer, Op, SeparableConv2d};
use serde_json::{Value, json};

use super::super::initializer;
use super::super::model::Layer;
use super::{activations, padding};
use crate::Result;

pub(super) fn read_conv(layer: &Layer<'_>) -> Result<Op> {
    let config = &layer.config;
    Ok(Op::Conv2d(Conv2d {
        filters: config.whole("filters")?,
        kernel: config.wholes("kernel_size")?,
        stride: config.wholes_or("strides", [1; 2])?,
        dilation: config.wholes_or("dilation_rate", [1; 2])?,
        padding: padding(layer)?,
        groups: config.whole_or("groups", 1)?,
        use_bias: config.is_on("use_bias")?,
        activation: activations::read(layer)?,
        initializer: initializer::read(config, "kernel_initializer"),
    }))
}

pub(super) fn write_conv(conv: &Conv2d) -> Value {
    json!({
        "filters": conv.filters,
        "kernel_size": conv.kernel,
        "strides": conv.stride,
        "padding": conv.padding.name(),
        "data_format": "channels_last",
        "dilation_rate": conv.dilation,
        "groups": conv.groups,
        "activation": conv.activation.name(),
        "use_bias": conv.use_bias,
        "kernel_initializer": initializer::write(conv.initializer),
        "bias_initializer": initializer::write(Initializer::Zeros),
    })
}

pub(super) fn read_depthwise(layer: &Layer<'_>) -> Result<Op> {
    let config = &layer.config;
    Ok(Op::DepthwiseConv2d(DepthwiseConv2d {
        kernel: config.wholes("kernel_size")?,
        stride: config.wholes_or("strides", [1; 2])?,
        dilation: config.wholes_or("dilation_rate", [1; 2])?,
        padding: padding(layer)?,
        multiplier: config.whole_or("depth_multiplier", 1)?,
        use_bias: config.is_on("use_bias")?,
        activation: activations::read(layer)?,
        initializer: initializer::read(config, "depthwise_initializer"),
    }))
}

pub(super) fn write_depthwise(conv: &DepthwiseConv2d) -> Value {
    json!({
        "depth_multiplier": conv.multiplier,
        "kernel_size": conv.kernel,
        "strides": conv.stride,
        "padding": conv.padding.name(),
        "data_format": "channels_last",
        "dilation_rate": conv.dilation,
        "activation": conv.activation.name(),
        "use_bias": conv.use_bias,
        "depthwise_initializer": initializer::write(conv.initializer),
        "bias_initializer": initializer::write(Initializer::Zeros),
    })
}

pub(super) fn read_separable(layer: &Layer<'_>) -> Result<Op> {
    let config = &layer.config;
    Ok(Op::SeparableConv2d(SeparableConv2d {
        filters: config.whole("filters")?,
        kernel: config.wholes("kernel_size")?,
        stride: config.wholes_or("strides", [1; 2])?,
        dilation: config.wholes_or("dilation_rate", [1; 2])?,
        padding: padding(layer)?,
        multiplier: config.whole_or("depth_multiplier", 1)?,
        use_bias: config.is_on("use_bias")?,
        activation: activations::read(layer)?,
        depthwise_initializer: initializer::read(config, "depthwise_initializer"),
        pointwise_initializer: initializer::read(config, "pointwise_initializer"),
    }))
}

pub(super) fn write_separable(conv: &SeparableConv2d) -> Value {
    json!({
        "filters": conv.filters,
        "depth_multiplier": conv.multiplier,
        "kernel_size": conv.kernel,
        "strides": conv.stride,
        "padding": conv.padding.name(),
        "data_format": "channels_last",
        "dilation_rate": conv.dilation,
        "activation": conv.activation.name(),
        "use_bias": conv.use_bias,
        "depthwise_initializer": initializer::write(conv.depthwise_initializer),
        "pointwise_initializer": initializer::write(conv.pointwise_initializer),
        "bias_initializer": initializer::write(Initializer::Zeros),
    })
}

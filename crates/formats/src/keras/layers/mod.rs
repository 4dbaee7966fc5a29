//! What each Keras layer means as an op of the graph, and the other way round: a file a group of classes, in which
//! reading and writing stand side by side.

mod activations;
mod convolutions;
mod dense;
mod dropouts;
mod merging;
mod norms;
mod only_in_training;
mod operations;
mod pools;
mod scaling;
mod shapes;
mod tensor_flow;

use graph::{Node, Op, Padding, Shape};
use serde_json::{Value, json};

use super::fields::brief;
use super::model::{Argument, Layer};
use crate::{Error, Result};

pub(super) use only_in_training::only_in_training;
pub(super) use tensor_flow::is_such as is_tensor_flow;

/// What becomes of a layer in the graph.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    /// One node.
    Op(Op),
    /// A `Normalization` whose figures lie among the weights.
    Adapted,
    /// Nothing: predictions pass it unchanged.
    Nothing,
}

/// What `layer` means, given the shapes that it reads.
pub(super) fn meaning(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Meaning> {
    if tensor_flow::is_such(layer.class) {
        return tensor_flow::read(layer, inputs).map(Meaning::Op);
    }
    // Where Keras 3 writes Keras 2's form it does not say that `x + 3` is no layer; and cannot read it back.
    let has_number = layer.arguments.iter().any(|argument| matches!(argument, Argument::Number(_)));
    if layer.is_operation || has_number {
        return operations::read(layer.class, layer, inputs).map(Meaning::Op);
    }
    let config = &layer.config;
    config.must_be_off("lora_rank")?;
    check_dtype(layer)?;
    if only_in_training::is_such(layer) {
        return Ok(Meaning::Nothing);
    }
    if let Some(format) = config.get("data_format")
        && format != "channels_last"
    {
        return Err(
            config.unsupported(format!("data_format {} is not supported; channels_last is", brief(format)))
        );
    }
    if layer.class == "Normalization" {
        return scaling::read_normalization(layer, inputs);
    }
    op(layer, inputs).map(Meaning::Op)
}

/// The op of each class.
fn op(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    let config = &layer.config;
    Ok(match layer.class {
        "Conv2D" => convolutions::read_conv(layer)?,
        "DepthwiseConv2D" => convolutions::read_depthwise(layer)?,
        "SeparableConv2D" => convolutions::read_separable(layer)?,
        "Dense" => dense::read(layer)?,
        "BatchNormalization" => norms::read_batch_norm(layer, inputs)?,
        "LayerNormalization" => norms::read_layer_norm(layer, inputs)?,
        "LayerScale" => norms::read_layer_scale(layer, inputs)?,
        "Activation" => Op::Activation(activations::read(layer)?),
        "ReLU" => activations::read_relu(layer)?,
        "Softmax" => activations::read_softmax(layer, inputs)?,
        "MaxPooling2D" => Op::MaxPool(pools::read(layer)?),
        "AveragePooling2D" => Op::AveragePool(pools::read(layer)?),
        "GlobalAveragePooling2D" => Op::GlobalAveragePool { keepdims: pools::read_keepdims(layer)? },
        "GlobalMaxPooling2D" => Op::GlobalMaxPool { keepdims: pools::read_keepdims(layer)? },
        "Add" => Op::Add,
        "CustomScaleLayer" => merging::read_scaled(layer)?,
        "Multiply" => Op::Multiply,
        "Concatenate" => merging::read_concat(layer, inputs)?,
        "ZeroPadding2D" => Op::ZeroPad(shapes::read_border(layer, "padding")?),
        "Cropping2D" => Op::Crop(shapes::read_border(layer, "cropping")?),
        "Flatten" => Op::Flatten,
        "Reshape" => shapes::read_reshape(layer, inputs)?,
        "Dropout" => dropouts::read(layer, inputs)?,
        "StochasticDepth" => Op::StochasticDepth(config.number("drop_path_rate")?),
        "Rescaling" => scaling::read_rescaling(layer, inputs)?,
        class => {
            return operations::read(class, layer, inputs).map_err(|_| {
                config.unsupported(format!("there is no {class} here, and code in models is never run"))
            });
        }
    })
}

/// Keras's class for `op`. A stochastic depth is written as a dropout of whole pictures, which every Keras has.
pub(super) fn class(op: &Op) -> &'static str {
    match op {
        Op::StochasticDepth(_) => "Dropout",
        _ => op.keras_class(),
    }
}

/// Where Keras has the class of `op`. Layers of its applications are not exported, but found where they are defined.
pub(super) fn module(op: &Op) -> &'static str {
    match op {
        Op::ReverseChannels => "keras.src.ops.numpy",
        Op::LayerScale { .. } => "keras.src.applications.convnext",
        Op::AddScaled(_) => "keras.src.applications.inception_resnet_v2",
        _ => "keras.layers",
    }
}

/// Whether Keras builds the layer for a shape.
pub(super) fn is_built(op: &Op) -> bool {
    use Op::*;
    matches!(
        op,
        Conv2d(_)
            | DepthwiseConv2d(_)
            | SeparableConv2d(_)
            | Dense(_)
            | BatchNorm(_)
            | LayerNorm(_)
            | LayerScale { .. }
            | Add
            | Multiply
            | Concat
            | ZeroPad(_)
            | Rescaling { .. }
            | Normalization { .. }
    )
}

/// What only the class of `node` has in its configuration.
pub(super) fn write(node: &Node) -> Result<Value> {
    let own = match &node.op {
        Op::Input(_) | Op::Add | Op::Multiply => json!({}),
        Op::ReverseChannels => json!({"axis": -1}),
        Op::Conv2d(conv) => convolutions::write_conv(conv),
        Op::DepthwiseConv2d(conv) => convolutions::write_depthwise(conv),
        Op::SeparableConv2d(conv) => convolutions::write_separable(conv),
        Op::Dense(layer) => dense::write(layer),
        Op::BatchNorm(norm) => norms::write_batch_norm(norm),
        Op::LayerNorm(norm) => norms::write_layer_norm(norm),
        Op::LayerScale { start } => norms::write_layer_scale(*start, &node.shape),
        Op::Activation(activation) => activations::write(*activation),
        Op::MaxPool(pool) | Op::AveragePool(pool) => pools::write(pool),
        Op::GlobalAveragePool { keepdims } | Op::GlobalMaxPool { keepdims } => {
            pools::write_keepdims(*keepdims)
        }
        Op::AddScaled(scale) => merging::write_scaled(*scale),
        Op::Concat => merging::write_concat(),
        Op::ZeroPad(border) => shapes::write_border("padding", border),
        Op::Crop(border) => shapes::write_border("cropping", border),
        Op::Flatten => shapes::write_flatten(),
        Op::Reshape(shape) => shapes::write_reshape(shape),
        Op::Dropout(rate) => dropouts::write(*rate, Value::Null),
        Op::StochasticDepth(rate) => dropouts::write(*rate, dropouts::whole_pictures(&node.shape)),
        Op::Rescaling { scale, offset } => scaling::write_rescaling(*scale, *offset),
        Op::Normalization { mean, variance } => scaling::write_normalization(mean, variance),
    };
    check_numbers(node, own)
}

/// Fails where a number is one that JSON cannot hold.
fn check_numbers(node: &Node, own: Value) -> Result<Value> {
    let wrong = match &node.op {
        Op::BatchNorm(b) => [b.momentum, b.epsilon].into_iter().find(|value| !value.is_finite()),
        Op::Rescaling { scale, offset } => [*scale, *offset].into_iter().find(|value| !value.is_finite()),
        Op::Normalization { mean, variance } => {
            mean.iter().chain(variance).copied().find(|value| !value.is_finite())
        }
        _ => None, // the graph has checked the others
    };
    match wrong {
        None => Ok(own),
        Some(value) => {
            let (layer, class) = (&node.name, class(&node.op));
            Err(Error::unsupported(format!(
                "layer {layer} ({class}): {value} cannot be written as a number in JSON"
            )))
        }
    }
}

/// Weights of other types are read as float32; quantized ones are another arithmetic.
pub(super) fn check_dtype(layer: &Layer<'_>) -> Result<()> {
    let Some(dtype) = layer.config.get("dtype") else { return Ok(()) };
    let name = dtype.as_str().or_else(|| dtype.pointer("/config/name")?.as_str());
    let inputs_too = layer.class == "InputLayer";
    match name {
        Some("float32" | "float16" | "bfloat16" | "float64" | "mixed_float16" | "mixed_bfloat16") => Ok(()),
        Some("uint8" | "int32" | "int64") if inputs_too => Ok(()),
        _ => {
            Err(layer.config.unsupported(format!("dtype {} is not supported", name.unwrap_or(&brief(dtype)))))
        }
    }
}

/// Axes count the batch: -1, or the last one's number, alone or in a list.
fn check_last_axis(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<()> {
    let axis = layer.config.get("axis");
    let one = match axis.and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => Some(one),
        _ => axis,
    };
    let last = inputs.first().map_or(0, |shape| shape.dims().len() as i64);
    match one.and_then(Value::as_i64) {
        Some(axis) if axis == -1 || axis == last => Ok(()),
        None if axis.is_none() => Ok(()),
        _ => {
            let axis = axis.map_or("none".into(), brief);
            Err(layer.config.unsupported(format!("axis {axis} is not supported; the last one, {last}, is")))
        }
    }
}

fn padding(layer: &Layer<'_>) -> Result<Padding> {
    let name = layer.config.text("padding")?;
    Padding::from_name(name).ok_or_else(|| {
        layer.config.unsupported(format!("padding {name} is not supported; valid and same are"))
    })
}

//! What each Keras layer means as an op of the graph: one arm a class.

use graph::{Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Op, Padding, Pool, Shape};
use serde_json::Value;

use super::fields::{brief, wholes};
use super::initializer;
use super::model::{Argument, Layer};
use crate::{ErrorKind, Result};

/// What becomes of a layer in the graph.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    /// One node.
    Op(Op),
    /// Two nodes, for `SeparableConv2D`.
    Separable(DepthwiseConv2d, Conv2d),
    /// A `Normalization` whose figures lie among the weights.
    Adapted,
    /// Nothing: predictions pass it unchanged.
    Nothing,
}

/// Layers that act in training only.
const ONLY_IN_TRAINING: [&str; 27] = [
    "ActivityRegularization",
    "AlphaDropout",
    "AugMix",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "SpatialDropout2D",
];

/// What `layer` has that acts in training only, which the graph does not hold: itself, regularizers, constraints.
pub(super) fn only_in_training(layer: &Layer<'_>) -> impl Iterator<Item = String> {
    let place = layer.config.place();
    let itself = ONLY_IN_TRAINING.contains(&layer.class).then(|| place.to_owned());
    let keys =
        layer.config.keys().filter(|key| key.ends_with("_regularizer") || key.ends_with("_constraint"));
    itself.into_iter().chain(keys.map(move |key| format!("{key} of {place}")))
}

/// What `layer` means, given the shapes that it reads.
pub(super) fn meaning(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Meaning> {
    if layer.is_operation {
        return operation(layer, inputs);
    }
    let config = &layer.config;
    config.must_be_off("lora_rank")?;
    check_dtype(layer)?;
    if ONLY_IN_TRAINING.contains(&layer.class) {
        return Ok(Meaning::Nothing);
    }
    if let Some(format) = config.get("data_format")
        && format != "channels_last"
    {
        return Err(
            config.unsupported(format!("data_format {} is not supported; channels_last is", brief(format)))
        );
    }
    Ok(Meaning::Op(match layer.class {
        "Conv2D" => Op::Conv2d(conv(layer, "kernel_initializer")?),
        "DepthwiseConv2D" => Op::DepthwiseConv2d(depthwise(layer)?),
        "SeparableConv2D" => return separable(layer),
        "Dense" => Op::Dense(Dense {
            units: config.whole("units")?,
            use_bias: config.is_on("use_bias")?,
            activation: activation(layer)?,
            initializer: initializer::read(config, "kernel_initializer"),
        }),
        "BatchNormalization" => batch_norm(layer, inputs)?,
        "Activation" => Op::Activation(activation(layer)?),
        "ReLU" => Op::Activation(relu(layer)?),
        "Softmax" => {
            check_last_axis(layer, inputs)?;
            Op::Activation(Activation::Softmax)
        }
        "MaxPooling2D" => Op::MaxPool(pool(layer)?),
        "AveragePooling2D" => Op::AveragePool(pool(layer)?),
        "GlobalAveragePooling2D" => {
            config.must_be_off("keepdims")?;
            Op::GlobalAveragePool { keepdims: false }
        }
        "GlobalMaxPooling2D" => {
            config.must_be_off("keepdims")?;
            Op::GlobalMaxPool { keepdims: false }
        }
        "Add" => Op::Add,
        "Concatenate" => {
            check_last_axis(layer, inputs)?;
            Op::Concat
        }
        "ZeroPadding2D" => zero_pad(layer)?,
        "Flatten" => Op::Flatten,
        "Dropout" => {
            if config.get("noise_shape").is_some() {
                return Err(config.unsupported("a noise_shape is not supported"));
            }
            Op::Dropout(config.number("rate")?)
        }
        "Rescaling" => Op::Rescaling { scale: scalar(layer, "scale")?, offset: scalar(layer, "offset")? },
        "Normalization" => return normalization(layer, inputs),
        class => {
            return Err(
                config.unsupported(format!("there is no {class} here, and code in models is never run"))
            );
        }
    }))
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

fn conv(layer: &Layer<'_>, initializer: &str) -> Result<Conv2d> {
    let config = &layer.config;
    Ok(Conv2d {
        filters: config.whole("filters")?,
        kernel: config.wholes("kernel_size")?,
        stride: config.wholes_or("strides", [1; 2])?,
        dilation: config.wholes_or("dilation_rate", [1; 2])?,
        padding: padding(layer)?,
        groups: config.get("groups").map_or(Ok(1), |_| config.whole("groups"))?,
        use_bias: config.is_on("use_bias")?,
        activation: activation(layer)?,
        initializer: initializer::read(config, initializer),
    })
}

fn depthwise(layer: &Layer<'_>) -> Result<DepthwiseConv2d> {
    let config = &layer.config;
    Ok(DepthwiseConv2d {
        kernel: config.wholes("kernel_size")?,
        stride: config.wholes_or("strides", [1; 2])?,
        dilation: config.wholes_or("dilation_rate", [1; 2])?,
        padding: padding(layer)?,
        multiplier: config.get("depth_multiplier").map_or(Ok(1), |_| config.whole("depth_multiplier"))?,
        use_bias: config.is_on("use_bias")?,
        activation: activation(layer)?,
        initializer: initializer::read(config, "depthwise_initializer"),
    })
}

/// A depthwise convolution, and one of 1 × 1 that mixes the channels and has the bias and the activation.
fn separable(layer: &Layer<'_>) -> Result<Meaning> {
    let depthwise = DepthwiseConv2d { use_bias: false, activation: Activation::Linear, ..depthwise(layer)? };
    let whole = conv(layer, "pointwise_initializer")?;
    let pointwise =
        Conv2d { kernel: [1; 2], stride: [1; 2], dilation: [1; 2], padding: Padding::Valid, ..whole };
    Ok(Meaning::Separable(depthwise, pointwise))
}

fn batch_norm(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
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

/// An activation by name, or as a function of Keras by name.
fn activation(layer: &Layer<'_>) -> Result<Activation> {
    let Some(value) = layer.config.get("activation") else { return Ok(Activation::Linear) };
    let name = match value.get("class_name").and_then(Value::as_str) {
        Some("function") => value.get("config").and_then(Value::as_str),
        _ => value.as_str(),
    };
    name.and_then(Activation::from_name).ok_or_else(|| {
        let known = Activation::ALL.map(Activation::name).join(", ");
        let name = name.map_or_else(|| brief(value), str::to_owned);
        layer.config.unsupported(format!("activation {name} is not supported; {known} are"))
    })
}

fn relu(layer: &Layer<'_>) -> Result<Activation> {
    let config = &layer.config;
    config.must_be_off("negative_slope")?;
    config.must_be_off("threshold")?;
    match config.get("max_value").map(Value::as_f64) {
        None => Ok(Activation::Relu),
        Some(Some(6.0)) => Ok(Activation::Relu6),
        Some(_) => Err(config.unsupported("a max_value is not supported; 6 and none are")),
    }
}

fn pool(layer: &Layer<'_>) -> Result<Pool> {
    let size = layer.config.wholes("pool_size")?;
    Ok(Pool { size, stride: layer.config.wholes_or("strides", size)?, padding: padding(layer)? })
}

/// One number, two (top and bottom, left and right), or two pairs.
fn zero_pad(layer: &Layer<'_>) -> Result<Op> {
    let value = layer.config.get("padding").unwrap_or(&Value::Null);
    let pairs = match value.as_array().map(Vec::as_slice) {
        Some([height, width]) => wholes::<2>(height).zip(wholes::<2>(width)),
        _ => wholes::<1>(value).map(|[all]| ([all; 2], [all; 2])),
    };
    match pairs {
        Some(([top, bottom], [left, right])) => Ok(Op::ZeroPad([top, bottom, left, right])),
        None => {
            let message =
                format!("padding: expected ((top, bottom), (left, right)), received {}", brief(value));
            Err(layer.config.error(ErrorKind::Malformed, message))
        }
    }
}

/// A number, or a list in which all are the same.
fn scalar(layer: &Layer<'_>, key: &str) -> Result<f32> {
    match numbers(layer, key)? {
        Some(numbers) if !numbers.is_empty() && numbers.iter().all(|n| *n == numbers[0]) => Ok(numbers[0]),
        Some(_) => Err(layer
            .config
            .unsupported(format!("a {key} for each channel is not supported; one for all is"))),
        None => layer.config.number(key),
    }
}

/// A number or a list of them, plain or as numpy's; `None` where there is nothing.
fn numbers(layer: &Layer<'_>, key: &str) -> Result<Option<Vec<f32>>> {
    fn flatten(value: &Value, found: &mut Vec<f32>) -> Option<()> {
        match value {
            Value::Array(values) => values.iter().try_for_each(|value| flatten(value, found)),
            number => {
                found.push(number.as_f64().map(|number| number as f32).filter(|number| number.is_finite())?);
                Some(())
            }
        }
    }
    let Some(value) = layer.config.get(key) else { return Ok(None) };
    let mut found = Vec::new();
    match flatten(value.pointer("/config/value").unwrap_or(value), &mut found) {
        Some(()) => Ok(Some(found)),
        None => {
            let message = format!("{key}: expected numbers, received {}", brief(value));
            Err(layer.config.error(ErrorKind::Malformed, message))
        }
    }
}

fn normalization(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Meaning> {
    layer.config.must_be_off("invert")?;
    let over_all = layer.config.get("axis").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let (mean, variance) = (numbers(layer, "mean")?, numbers(layer, "variance")?);
    let channels = inputs.first().map_or(1, |shape| shape.channels());
    match (mean, variance) {
        (Some(mean), Some(variance)) => {
            if !over_all {
                check_last_axis(layer, inputs)?;
            }
            let each =
                |figures: Vec<f32>| if figures.len() == 1 { vec![figures[0]; channels] } else { figures };
            Ok(Meaning::Op(Op::Normalization { mean: each(mean), variance: each(variance) }))
        }
        (None, None) if !over_all => {
            check_last_axis(layer, inputs)?;
            Ok(Meaning::Adapted)
        }
        _ => Err(layer.config.unsupported("expected a mean and a variance for each channel")),
    }
}

/// Arithmetic on a tensor, as `x / 127.5 - 1` in a functional model.
fn operation(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Meaning> {
    use Argument::{Layer, Number};
    let rescaling = |scale: f64, offset: f64| Op::Rescaling { scale: scale as f32, offset: offset as f32 };
    Ok(Meaning::Op(match (layer.class, layer.arguments.as_slice()) {
        ("Add", [Layer(_), Layer(_)]) => Op::Add,
        ("Add", [Layer(_), Number(n)] | [Number(n), Layer(_)]) => rescaling(1.0, *n),
        ("Subtract", [Layer(_), Number(n)]) => rescaling(1.0, -n),
        ("Subtract", [Number(n), Layer(_)]) => rescaling(-1.0, *n),
        ("Multiply", [Layer(_), Number(n)] | [Number(n), Layer(_)]) => rescaling(*n, 0.0),
        ("TrueDivide" | "Divide", [Layer(_), Number(n)]) if *n != 0.0 => rescaling(1.0 / n, 0.0),
        ("Negative", [Layer(_)]) => rescaling(-1.0, 0.0),
        ("Flip", [Layer(_)]) if layer.config.get("axis").is_some() => {
            check_last_axis(layer, inputs)?;
            Op::ReverseChannels
        }
        ("Relu", [Layer(_)]) => Op::Activation(Activation::Relu),
        ("Relu6", [Layer(_)]) => Op::Activation(Activation::Relu6),
        ("Sigmoid", [Layer(_)]) => Op::Activation(Activation::Sigmoid),
        ("Tanh", [Layer(_)]) => Op::Activation(Activation::Tanh),
        ("Silu", [Layer(_)]) => Op::Activation(Activation::Swish),
        (class, _) => {
            let message = format!("the operation {class} is not supported with these arguments");
            return Err(layer.config.unsupported(message));
        }
    }))
}
